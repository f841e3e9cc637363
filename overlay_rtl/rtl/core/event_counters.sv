// Counts the events of packets that left the last stage: one memory for each event slot, because a packet can carry
// the same id in two slots. A counter's value is the sum over the slots.
`default_nettype none
module event_counters (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic [overlay_isa_pkg::EventSlots-1:0] valid_i,
  input  wire logic [overlay_isa_pkg::EventSlots*overlay_core_pkg::EventIdBits-1:0] id_i,
  input  wire logic [overlay_core_pkg::LengthBits-1:0] length_i,
  output      logic [2:0] bad_o,                         // events of one clock whose id names no counter
  input  wire overlay_core_pkg::cfg_t cfg_i,
  input  wire overlay_core_pkg::rsp_t rsp_i,
  output      overlay_core_pkg::rsp_t rsp_o
);
  localparam int unsigned Slots = overlay_isa_pkg::EventSlots;
  localparam int unsigned AddrBits = $clog2(overlay_core_pkg::EventIds);

  logic [Slots-1:0] bad, answer_valid;
  logic access, access_q;
  logic [64*Slots-1:0] answer;
  logic [$clog2(Slots)-1:0] slot_q;
  logic write_q, bytes_q;
  logic [AddrBits-1:0] id_q;
  logic [63:0] data_q;
  assign access = cfg_i.valid && cfg_i.kind == overlay_core_pkg::CfgEvent;
  always_ff @(posedge clk_i) begin
    access_q <= access;
    if (access) begin
      slot_q <= cfg_i.word;
      write_q <= cfg_i.write;
      bytes_q <= cfg_i.epoch;
      id_q <= cfg_i.index[AddrBits-1:0];
      data_q <= cfg_i.data;
    end
    if (!rst_ni) access_q <= 1'b0;
  end

  for (genvar s = 0; s < Slots; s++) begin : g_slot
    // A register although it is constant: so the simulator gives all slots one piece of code.
    logic [$clog2(Slots)-1:0] number_q;
    always_ff @(posedge clk_i) number_q <= $clog2(Slots)'(s);
    event_slot u_slot (
      .clk_i, .rst_ni, .valid_i(valid_i[s]), .id_i(id_i[overlay_core_pkg::EventIdBits*s +: overlay_core_pkg::EventIdBits]),
      .length_i, .bad_o(bad[s]), .slot_i(number_q), .access_i(access_q), .access_slot_i(slot_q), .access_write_i(write_q), .access_bytes_i(bytes_q),
      .access_id_i(id_q), .access_data_i(data_q),
      .answer_valid_o(answer_valid[s]), .answer_o(answer[64*s +: 64])
    );
  end

  logic [63:0] answer_d;
  logic [2:0] bad_d;
  always_comb begin
    answer_d = '0;
    bad_d = '0;
    for (int unsigned s = 0; s < Slots; s++) begin
      answer_d = answer_d | (answer[64*s +: 64] & {64{answer_valid[s]}});
      bad_d = bad_d + {2'd0, bad[s]};
    end
  end
  always_ff @(posedge clk_i) begin
    bad_o <= bad_d;
    rsp_o <= |answer_valid ? {1'b1, 2'd0, answer_d} : rsp_i;
    if (!rst_ni) begin
      bad_o <= '0;
      rsp_o.valid <= 1'b0;
    end
  end
endmodule
`default_nettype wire
