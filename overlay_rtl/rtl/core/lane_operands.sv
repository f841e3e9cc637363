// The operands of one lane in sub-stage R: byte selectors, immediate, guard, predicates, decoded operation.
//
// Where a value does not matter it is written as unknown: synthesis drops the condition, simulation skips the work.
`default_nettype none
module lane_operands (
  input  wire logic [63:0] lane_i,
  input  wire logic active_i,
  input  wire logic [overlay_isa_pkg::Predicates-1:0] pred_i,
  input  wire logic [overlay_core_pkg::RegisterFileBits-1:0] registers_i,
  output      logic [31:0] a_o,
  output      logic [31:0] b_o,
  output      logic do_o,                 // the operation takes place
  output      logic pc_o,
  output      logic plog_o,
  output      overlay_core_pkg::alu_control_t control_o
);
  localparam int unsigned GuardLsb = overlay_isa_pkg::LaneRRGuardLsb;
  localparam int unsigned NumberBits = $clog2(overlay_core_pkg::Registers);

  overlay_core_pkg::alu_control_t decoded;
  alu_decode u_decode (
    .enable_i(active_i), .op_i(lane_i[overlay_isa_pkg::LaneRROpLsb +: overlay_isa_pkg::LaneRROpWidth]), .control_o(decoded)
  );

  logic [31:0] a_word, b_word, a_part, b_part;
  logic [3:0] truth_table;
  logic pb;
  part_select u_a (
    .enable_i(active_i), .word_i(a_word), .selector_i(lane_i[overlay_isa_pkg::LaneRRAselLsb +: overlay_isa_pkg::LaneRRAselWidth]), .part_o(a_part)
  );
  part_select u_b (
    .enable_i(active_i), .word_i(b_word), .selector_i(lane_i[overlay_isa_pkg::LaneRRBselLsb +: overlay_isa_pkg::LaneRRBselWidth]), .part_o(b_part)
  );
  always_comb begin
    a_word = 'x;
    b_word = 'x;
    if (active_i) begin
      a_word = registers_i[{lane_i[overlay_isa_pkg::LaneRRRaLsb +: NumberBits], 5'd0} +: 32];
      b_word = registers_i[{lane_i[overlay_isa_pkg::LaneRRRbLsb +: NumberBits], 5'd0} +: 32];
    end
  end
  always_comb begin
    do_o = 1'b0;
    a_o = 'x;
    b_o = 'x;
    pc_o = 'x;
    pb = 'x;
    truth_table = 'x;
    plog_o = 'x;
    control_o = 'x;
    if (active_i) begin
      // guard = {enable, negate, predicate}
      do_o = !lane_i[GuardLsb + 4] || pred_i[lane_i[GuardLsb +: 3]] != lane_i[GuardLsb + 3];
      a_o = a_part;
      b_o = lane_i[overlay_isa_pkg::LaneRRBimmLsb] ? lane_i[overlay_isa_pkg::LaneRIImmLsb +: overlay_isa_pkg::LaneRIImmWidth] : b_part;
      pc_o = pred_i[lane_i[overlay_isa_pkg::LaneRRPcLsb +: overlay_isa_pkg::LaneRRPcWidth]];
      pb = pred_i[lane_i[overlay_isa_pkg::LanePlogPbLsb +: overlay_isa_pkg::LanePlogPbWidth]];
      truth_table = lane_i[overlay_isa_pkg::LanePlogTtLsb +: overlay_isa_pkg::LanePlogTtWidth];
      plog_o = truth_table[{pc_o, pb}];
      control_o = decoded;
      if (decoded.select) begin
        control_o.plain_a = pc_o;
        control_o.plain_b = !pc_o;
      end
    end
  end
endmodule
`default_nettype wire
