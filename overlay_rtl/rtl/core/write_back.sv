// The writes of a row into what travels with the packet. No two writes of a row name the same place.
//
// Loops over the places synthesise to one LUT a bit, indexed writes simulate several times faster; this is the one
// place where the two are told apart, and overlay_rtl/lint/write_back_equiv.sh is to prove them equal (not finished
// yet). A number that names no register writes nothing.
`default_nettype none
module write_back (
  input  wire overlay_core_pkg::payload_t payload_i,
  input  wire logic enable0_i,
  input  wire logic [4:0] number0_i,
  input  wire logic [31:0] value0_i,
  input  wire logic enable1_i,
  input  wire logic [4:0] number1_i,
  input  wire logic [31:0] value1_i,
  input  wire logic pred_enable0_i,
  input  wire logic [2:0] pred_number0_i,
  input  wire logic pred_value0_i,
  input  wire logic pred_enable1_i,
  input  wire logic [2:0] pred_number1_i,
  input  wire logic pred_value1_i,
  input  wire logic event_enable0_i,       // the slot is the low part of number0_i, the id that of value0_i
  input  wire logic event_enable1_i,
  output      overlay_core_pkg::payload_t payload_o
);
  localparam int unsigned EventIdBits = overlay_core_pkg::EventIdBits;
  localparam int unsigned SlotBits = $clog2(overlay_isa_pkg::EventSlots);

`ifdef SYNTHESIS
  always_comb begin
    payload_o = payload_i;
    for (int unsigned k = 0; k < overlay_core_pkg::Registers; k++) begin
      payload_o.r[k] = enable1_i && number1_i == 5'(k) ? value1_i
          : enable0_i && number0_i == 5'(k) ? value0_i : payload_i.r[k];
    end
    for (int unsigned p = 0; p < overlay_isa_pkg::Predicates; p++) begin
      payload_o.pred[p] = pred_enable1_i && pred_number1_i == 3'(p) ? pred_value1_i
          : pred_enable0_i && pred_number0_i == 3'(p) ? pred_value0_i : payload_i.pred[p];
    end
    for (int unsigned s = 0; s < overlay_isa_pkg::EventSlots; s++) begin
      if (event_enable0_i && number0_i[SlotBits-1:0] == SlotBits'(s)) begin
        payload_o.event_valid[s] = 1'b1;
        payload_o.event_id[s] = value0_i[EventIdBits-1:0];
      end
      if (event_enable1_i && number1_i[SlotBits-1:0] == SlotBits'(s)) begin
        payload_o.event_valid[s] = 1'b1;
        payload_o.event_id[s] = value1_i[EventIdBits-1:0];
      end
    end
  end
`else
  localparam int unsigned NumberBits = $clog2(overlay_core_pkg::Registers);
  always_comb begin
    payload_o = payload_i;
    if (enable0_i && {27'd0, number0_i} < overlay_core_pkg::Registers) payload_o.r[number0_i[NumberBits-1:0]] = value0_i;
    if (enable1_i && {27'd0, number1_i} < overlay_core_pkg::Registers) payload_o.r[number1_i[NumberBits-1:0]] = value1_i;
    if (pred_enable0_i) payload_o.pred[pred_number0_i] = pred_value0_i;
    if (pred_enable1_i) payload_o.pred[pred_number1_i] = pred_value1_i;
    if (event_enable0_i) begin
      payload_o.event_valid[number0_i[SlotBits-1:0]] = 1'b1;
      payload_o.event_id[number0_i[SlotBits-1:0]] = value0_i[EventIdBits-1:0];
    end
    if (event_enable1_i) begin
      payload_o.event_valid[number1_i[SlotBits-1:0]] = 1'b1;
      payload_o.event_id[number1_i[SlotBits-1:0]] = value1_i[EventIdBits-1:0];
    end
  end
`endif
endmodule
`default_nettype wire
