// The entry map: for the first tap every register chooses one of sixteen entry words, by the map of the packet's epoch; for the
// second tap those of the upper half do.
//
// Words arrive in a register; the chosen values leave from one. Registers not enabled are zero at tap 0.
`default_nettype none
module entry_map (
  input  wire logic clk_i,
  // Writes of the maps
  input  wire logic write_i,
  input  wire logic write_epoch_i,
  input  wire logic write_tap_i,
  input  wire logic [4:0] write_register_i,
  input  wire logic [4:0] write_data_i,                  // {enable, selector}
  // A packet
  input  wire logic epoch_i,
  input  wire logic [overlay_core_pkg::EntryBits-1:0] words_i,
  output      logic [overlay_core_pkg::RegisterFileBits-1:0] tap0_o,
  output      logic [32*overlay_core_pkg::TapRegisters-1:0] tap1_o,   // of the upper half of the registers
  output      logic [overlay_core_pkg::TapRegisters-1:0] tap1_enable_o
);
  localparam int unsigned Banks = overlay_isa_pkg::EntryBanks;
  localparam int unsigned Candidates = overlay_isa_pkg::EntryWords / Banks;

  // A bank holds the words that its registers choose from, in the order of the selector.
  for (genvar bank = 0; bank < Banks; bank++) begin : g_bank
    logic [32*Candidates-1:0] candidates;
    for (genvar s = 0; s < Candidates; s++) begin : g_candidate
      assign candidates[32*s +: 32] = words_i[32*(Banks*s + bank) +: 32];
    end
  end

  for (genvar k = 0; k < overlay_core_pkg::Registers; k++) begin : g_register
    logic mine;
    logic [4:0] map00_q, map10_q, tap0;                  // epoch, tap
    assign mine = write_i && write_register_i == 5'(k);
    always_ff @(posedge clk_i) begin
      if (mine && !write_tap_i && !write_epoch_i) map00_q <= write_data_i;
      if (mine && !write_tap_i && write_epoch_i) map10_q <= write_data_i;
    end
    assign tap0 = epoch_i ? map10_q : map00_q;
    always_ff @(posedge clk_i) begin
      tap0_o[32*k +: 32] <= g_bank[k % Banks].candidates[32*tap0[3:0] +: 32];
      if (!tap0[4]) tap0_o[32*k +: 32] <= '0;
    end
    if (k >= overlay_core_pkg::TapFirst) begin : g_second
      logic [4:0] map01_q, map11_q, tap1;
      always_ff @(posedge clk_i) begin
        if (mine && write_tap_i && !write_epoch_i) map01_q <= write_data_i;
        if (mine && write_tap_i && write_epoch_i) map11_q <= write_data_i;
      end
      assign tap1 = epoch_i ? map11_q : map01_q;
      always_ff @(posedge clk_i) begin
        tap1_o[32*(k - overlay_core_pkg::TapFirst) +: 32] <= g_bank[k % Banks].candidates[32*tap1[3:0] +: 32];
        tap1_enable_o[k - overlay_core_pkg::TapFirst] <= tap1[4];
      end
    end
  end
endmodule
`default_nettype wire
