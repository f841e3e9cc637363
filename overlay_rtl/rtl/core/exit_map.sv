// The exit map: each exit target takes a part of one of the first registers if its bit of the act word is set, else it is zero.
`default_nettype none
module exit_map (
  input  wire logic clk_i,
  input  wire logic write_i,
  input  wire logic write_epoch_i,
  input  wire logic [4:0] write_target_i,
  input  wire logic [7:0] write_data_i,                  // {selector, register}
  input  wire logic epoch_i,
  input  wire logic [31:0] act_i,
  input  wire logic [overlay_core_pkg::RegisterFileBits-1:0] registers_i,
  output      logic [overlay_core_pkg::TargetBits-1:0] targets_o
);
  localparam int unsigned NumberBits = $clog2(overlay_isa_pkg::OperandRegisters);
  localparam int unsigned IndexBits = $clog2(overlay_core_pkg::RegisterFileBits);

  for (genvar t = 0; t < overlay_isa_pkg::ExitTargets; t++) begin : g_target
    localparam int unsigned Width = {24'd0, overlay_isa_pkg::TargetWidths[8*t +: 8]};
    logic [7:0] map0_q, map1_q, chosen;
    logic [31:0] word, part;
    always_ff @(posedge clk_i) begin
      if (write_i) begin
        if (write_target_i == 5'(t) && write_epoch_i) map1_q <= write_data_i;
        if (write_target_i == 5'(t) && !write_epoch_i) map0_q <= write_data_i;
      end
    end
    assign chosen = epoch_i ? map1_q : map0_q;
    always_comb begin
      word = 'x;
      if (act_i[t]) word = registers_i[IndexBits'({chosen[NumberBits-1:0], 5'd0}) +: 32];
    end
    part_select u_part (.enable_i(act_i[t]), .word_i(word), .selector_i(chosen[7:5]), .part_o(part));
    logic [Width-1:0] value_q;
    always_ff @(posedge clk_i) value_q <= act_i[t] ? part[Width-1:0] : '0;
    assign targets_o[32*t +: 32] = 32'(value_q);
  end
endmodule
`default_nettype wire
