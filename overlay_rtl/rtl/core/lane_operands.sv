// The operands of one lane in sub-stage R: byte selectors, immediate, guard, predicates.
`default_nettype none
module lane_operands (
  input  wire logic [63:0] lane_i,
  input  wire logic active_i,
  input  wire logic [overlay_isa_pkg::Predicates-1:0] pred_i,
  input  wire logic [31:0] a_word_i,      // register ra
  input  wire logic [31:0] b_word_i,      // register rb
  output      logic [31:0] a_o,
  output      logic [31:0] b_o,
  output      logic do_o,                 // the operation takes place
  output      logic pc_o,
  output      logic plog_o
);
  localparam int unsigned GuardLsb = overlay_isa_pkg::LaneRRGuardLsb;

  logic [31:0] b_part;
  part_select u_a (
    .word_i(a_word_i), .selector_i(lane_i[overlay_isa_pkg::LaneRRAselLsb +: overlay_isa_pkg::LaneRRAselWidth]), .part_o(a_o)
  );
  part_select u_b (
    .word_i(b_word_i), .selector_i(lane_i[overlay_isa_pkg::LaneRRBselLsb +: overlay_isa_pkg::LaneRRBselWidth]), .part_o(b_part)
  );

  logic [3:0] truth_table;
  logic pb;
  always_comb begin
    b_o = lane_i[overlay_isa_pkg::LaneRRBimmLsb] ? lane_i[overlay_isa_pkg::LaneRIImmLsb +: overlay_isa_pkg::LaneRIImmWidth]
        : b_part;
    // guard = {enable, negate, predicate}
    do_o = active_i && (!lane_i[GuardLsb + 4] || pred_i[lane_i[GuardLsb +: 3]] != lane_i[GuardLsb + 3]);
    pc_o = pred_i[lane_i[overlay_isa_pkg::LaneRRPcLsb +: overlay_isa_pkg::LaneRRPcWidth]];
    pb = pred_i[lane_i[overlay_isa_pkg::LanePlogPbLsb +: overlay_isa_pkg::LanePlogPbWidth]];
    truth_table = lane_i[overlay_isa_pkg::LanePlogTtLsb +: overlay_isa_pkg::LanePlogTtWidth];
    plog_o = truth_table[{pc_o, pb}];
  end
endmodule
`default_nettype wire
