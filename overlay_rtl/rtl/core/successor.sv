// Reads the control word: resolves a branch on a predicate at once, and says what a branch on the row's own result or
// a dispatch still has to choose from.
`default_nettype none
module successor (
  input  wire logic enable_i,             // without it nothing that leaves here matters
  input  wire logic [overlay_core_pkg::ControlBits-1:0] control_i,
  input  wire logic [overlay_isa_pkg::Predicates-1:0] pred_i,
  output      logic [overlay_core_pkg::StageBits-1:0] stage_o,         // unless the row's own result says otherwise
  output      logic [overlay_core_pkg::RowBits-1:0] row_o,
  output      logic [overlay_core_pkg::StageBits-1:0] taken_stage_o,
  output      logic [overlay_core_pkg::RowBits-1:0] taken_row_o,
  output      logic own_o,                // taken if the row's own result differs from negate_o
  output      logic dispatch_o,           // on a hit the dispatch memory decides
  output      logic negate_o
);
  localparam int unsigned Base = 128;     // position of the control word within the row

  logic [1:0] mode;
  logic taken;
  always_comb begin
    mode = 'x;
    negate_o = 'x;
    taken = 'x;
    taken_stage_o = 'x;
    taken_row_o = 'x;
    stage_o = 'x;
    row_o = 'x;
    own_o = 'x;
    dispatch_o = 'x;
    if (enable_i) begin
      mode = control_i[overlay_isa_pkg::ControlWordBmodeLsb - Base +: overlay_isa_pkg::ControlWordBmodeWidth];
      negate_o = control_i[overlay_isa_pkg::ControlWordBnegLsb - Base];
      taken = mode == overlay_isa_pkg::BranchModePred
          && pred_i[control_i[overlay_isa_pkg::ControlWordBpLsb - Base +: overlay_isa_pkg::ControlWordBpWidth]] != negate_o;
      taken_stage_o = control_i[overlay_isa_pkg::ControlWordTakenStageLsb - Base +: overlay_isa_pkg::ControlWordTakenStageWidth];
      taken_row_o = control_i[overlay_isa_pkg::ControlWordTakenRowLsb - Base +: overlay_isa_pkg::ControlWordTakenRowWidth];
      stage_o = taken ? taken_stage_o : control_i[overlay_isa_pkg::ControlWordNextStageLsb - Base +: overlay_isa_pkg::ControlWordNextStageWidth];
      row_o = taken ? taken_row_o : control_i[overlay_isa_pkg::ControlWordNextRowLsb - Base +: overlay_isa_pkg::ControlWordNextRowWidth];
      own_o = mode == overlay_isa_pkg::BranchModeOwn;
      dispatch_o = mode == overlay_isa_pkg::BranchModeDispatch;
    end
  end
endmodule
`default_nettype wire
