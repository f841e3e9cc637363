// The writes of a row into what travels with the packet, and its register. No two writes of a row name the same place.
//
// Loops over the places synthesise to one LUT a bit, indexed writes simulate several times faster; this is the one
// place where the two are told apart, and overlay_rtl/lint/write_back_equiv.sh proves them equal. A number that names no
// writable register writes nothing.
`default_nettype none
module write_back #(
  parameter int unsigned Writable = overlay_core_pkg::Registers    // only the first so many registers can be written
) (
  input  wire logic clk_i,
  input  wire overlay_core_pkg::payload_t payload_i,
  // The first operation of the row
  input  wire logic do0_i,                // without it nothing of it is written
  input  wire logic enable0_i,            // writes the register number0_i
  input  wire logic [4:0] number0_i,
  input  wire logic [31:0] value0_i,
  input  wire logic pred_enable0_i,
  input  wire logic [2:0] pred_number0_i,
  input  wire logic pred_value0_i,
  input  wire logic event_enable0_i,      // the slot is the low part of number0_i, the id that of value0_i
  input  wire logic verdict_enable0_i,
  input  wire logic act_enable0_i,        // sets bits of the act word
  // The second operation of the row
  input  wire logic do1_i,                // without it nothing of it is written
  input  wire logic enable1_i,            // writes the register number1_i
  input  wire logic [4:0] number1_i,
  input  wire logic [31:0] value1_i,
  input  wire logic pred_enable1_i,
  input  wire logic [2:0] pred_number1_i,
  input  wire logic pred_value1_i,
  input  wire logic event_enable1_i,      // the slot is the low part of number1_i, the id that of value1_i
  input  wire logic verdict_enable1_i,
  input  wire logic act_enable1_i,        // sets bits of the act word
  output      overlay_core_pkg::payload_t payload_o        // a register
);
  localparam int unsigned EventIdBits = overlay_core_pkg::EventIdBits;
  localparam int unsigned SlotBits = $clog2(overlay_isa_pkg::EventSlots);

`ifdef SYNTHESIS
  logic write0, write1, pred_write0, pred_write1, event_write0, event_write1;
  assign write0 = do0_i && enable0_i;
  assign write1 = do1_i && enable1_i;
  assign pred_write0 = do0_i && pred_enable0_i;
  assign pred_write1 = do1_i && pred_enable1_i;
  assign event_write0 = do0_i && event_enable0_i;
  assign event_write1 = do1_i && event_enable1_i;
  overlay_core_pkg::payload_t payload_d;
  always_ff @(posedge clk_i) payload_o <= payload_d;
  always_comb begin
    payload_d = payload_i;
    for (int unsigned k = 0; k < overlay_core_pkg::Registers; k++) begin
      payload_d.r[k] = k >= Writable ? payload_i.r[k] : write1 && number1_i == 5'(k) ? value1_i
          : write0 && number0_i == 5'(k) ? value0_i : payload_i.r[k];
    end
    for (int unsigned p = 0; p < overlay_isa_pkg::Predicates; p++) begin
      payload_d.pred[p] = pred_write1 && pred_number1_i == 3'(p) ? pred_value1_i
          : pred_write0 && pred_number0_i == 3'(p) ? pred_value0_i : payload_i.pred[p];
    end
    for (int unsigned s = 0; s < overlay_isa_pkg::EventSlots; s++) begin
      if (event_write0 && number0_i[SlotBits-1:0] == SlotBits'(s)) begin
        payload_d.event_valid[s] = 1'b1;
        payload_d.event_id[s] = value0_i[EventIdBits-1:0];
      end
      if (event_write1 && number1_i[SlotBits-1:0] == SlotBits'(s)) begin
        payload_d.event_valid[s] = 1'b1;
        payload_d.event_id[s] = value1_i[EventIdBits-1:0];
      end
    end
    if (do0_i && verdict_enable0_i) payload_d.verdict = value0_i;
    if (do1_i && verdict_enable1_i) payload_d.verdict = value1_i;
    if (do0_i && act_enable0_i) payload_d.act = payload_d.act | value0_i;
    if (do1_i && act_enable1_i) payload_d.act = payload_d.act | value1_i;
  end
`else
  localparam int unsigned NumberBits = $clog2(Writable);
  logic [31:0] act;
  always_comb begin
    act = payload_i.act;
    if (do0_i && act_enable0_i) act = act | value0_i;
    if (do1_i && act_enable1_i) act = act | value1_i;
  end
  always_ff @(posedge clk_i) begin
    payload_o <= payload_i;
    payload_o.act <= act;
    if (do0_i) begin
      if (enable0_i && {27'd0, number0_i} < Writable) payload_o.r[number0_i[NumberBits-1:0]] <= value0_i;
      if (pred_enable0_i) payload_o.pred[pred_number0_i] <= pred_value0_i;
      if (event_enable0_i) begin
        payload_o.event_valid[number0_i[SlotBits-1:0]] <= 1'b1;
        payload_o.event_id[number0_i[SlotBits-1:0]] <= value0_i[EventIdBits-1:0];
      end
      if (verdict_enable0_i) payload_o.verdict <= value0_i;
    end
    if (do1_i) begin
      if (enable1_i && {27'd0, number1_i} < Writable) payload_o.r[number1_i[NumberBits-1:0]] <= value1_i;
      if (pred_enable1_i) payload_o.pred[pred_number1_i] <= pred_value1_i;
      if (event_enable1_i) begin
        payload_o.event_valid[number1_i[SlotBits-1:0]] <= 1'b1;
        payload_o.event_id[number1_i[SlotBits-1:0]] <= value1_i[EventIdBits-1:0];
      end
      if (verdict_enable1_i) payload_o.verdict <= value1_i;
    end
  end
`endif
endmodule
`default_nettype wire
