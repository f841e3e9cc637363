// What a rule entry does, out of the entry; combinational.
`default_nettype none
module rule_act (
  input  wire logic [EntryBits-1:0] entry_i,
  output      overlay_core_pkg::rule_act_t act_o
);
  localparam int unsigned EntryBits = overlay_isa_pkg::RuleEntryEventLsb + overlay_isa_pkg::RuleEntryEventWidth;

  assign act_o.carry = entry_i[overlay_isa_pkg::RuleEntryCarryLsb];
  assign act_o.capture = entry_i[overlay_isa_pkg::RuleEntryCaptureLsb];
  assign act_o.log = entry_i[overlay_isa_pkg::RuleEntryLogLsb];
  assign act_o.counts = entry_i[overlay_isa_pkg::RuleEntryCountsLsb];
  assign act_o.action = entry_i[overlay_isa_pkg::RuleEntryActionLsb +: overlay_isa_pkg::RuleEntryActionWidth];
  assign act_o.event_id = entry_i[overlay_isa_pkg::RuleEntryEventLsb +: overlay_isa_pkg::RuleEntryEventWidth];
  assign act_o.label = entry_i[overlay_isa_pkg::RuleEntryLabelLsb +: overlay_isa_pkg::RuleEntryLabelWidth];
endmodule
`default_nettype wire
