// Puts the events of matching rule entries into the packet's free event slots, in order; combinational.
`default_nettype none
module rule_events (
  input  wire logic enable_i,                            // without it the results do not matter
  input  wire logic [Slots-1:0] taken_i,                 // slots that hold an event
  input  wire logic [Slots*IdBits-1:0] id_i,
  input  wire logic [Slots-1:0] event_valid_i,           // new events, first in bit 0
  input  wire logic [Slots*IdBits-1:0] event_id_i,
  output      logic [Slots-1:0] taken_o,
  output      logic [Slots*IdBits-1:0] id_o,
  output      logic lost_o                               // more events than free slots
);
  localparam int unsigned Slots = overlay_isa_pkg::EventSlots;
  localparam int unsigned IdBits = overlay_core_pkg::EventIdBits;

  // A new event goes to the slot that comes after as many free slots as new events come before it.
  logic [2:0] order, place;
  logic found;
  always_comb begin
    taken_o = 'x;
    id_o = 'x;
    lost_o = 'x;
    order = 'x;
    place = 'x;
    found = 'x;
    if (enable_i) begin
      taken_o = taken_i;
      id_o = id_i;
      lost_o = 1'b0;
      order = '0;
      for (int unsigned e = 0; e < Slots; e++) begin
        found = 1'b0;
        place = '0;
        for (int unsigned s = 0; s < Slots; s++) begin
          if (event_valid_i[e] && !taken_i[s] && order == place) begin
            taken_o[s] = 1'b1;
            id_o[IdBits*s +: IdBits] = event_id_i[IdBits*e +: IdBits];
            found = 1'b1;
          end
          place = place + {2'd0, !taken_i[s]};
        end
        if (event_valid_i[e] && !found) lost_o = 1'b1;
        order = order + {2'd0, event_valid_i[e]};
      end
    end
  end
endmodule
`default_nettype wire
