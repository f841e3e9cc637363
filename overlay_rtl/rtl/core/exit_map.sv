// The exit map: each exit target takes one of its few registers, or a part of it, if its bit of the act word is set, else it is zero.
//
// The registers of a target are ExitBanks apart: at most four, and bits 2:1 of their numbers tell them apart. Targets as
// wide as a register take it whole.
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
  localparam int unsigned Banks = overlay_isa_pkg::ExitBanks;

  for (genvar t = 0; t < overlay_isa_pkg::ExitTargets; t++) begin : g_target
    localparam int unsigned Width = {24'd0, overlay_isa_pkg::TargetWidths[8*t +: 8]};
    logic [4:0] map0_q, map1_q, chosen;                  // {selector, bits 2:1 of the register}
    logic [127:0] candidates;
    logic [31:0] word, part;
    always_ff @(posedge clk_i) begin
      if (write_i) begin
        if (write_target_i == 5'(t) && write_epoch_i) map1_q <= {write_data_i[7:5], write_data_i[2:1]};
        if (write_target_i == 5'(t) && !write_epoch_i) map0_q <= {write_data_i[7:5], write_data_i[2:1]};
      end
    end
    assign chosen = epoch_i ? map1_q : map0_q;
    always_comb begin
      candidates = 'x;
      word = 'x;
      if (act_i[t]) begin
        for (int unsigned r = t % Banks; r < overlay_core_pkg::Registers; r = r + Banks) candidates[32*((r/2)%4) +: 32] = registers_i[32*r +: 32];
        word = candidates[{chosen[1:0], 5'd0} +: 32];
      end
    end
    if (Width == overlay_core_pkg::WordBits) begin : g_whole
      logic [2:0] unused_selector;
      assign unused_selector = chosen[4:2];
      assign part = word;
    end else begin : g_part
      part_select u_part (.enable_i(act_i[t]), .word_i(word), .selector_i(chosen[4:2]), .part_o(part));
    end
    logic [Width-1:0] value_q;
    always_ff @(posedge clk_i) value_q <= act_i[t] ? part[Width-1:0] : '0;
    assign targets_o[32*t +: 32] = 32'(value_q);
  end
  logic unused_data;
  assign unused_data = ^{write_data_i[4:3], write_data_i[0]};
endmodule
`default_nettype wire
