// The way on from a row whose own result may decide it: a branch on the result, or the dispatch memory.
//
//   T0          the control word                          Result + 1  the successor's address goes to the next stage
//   Result - 1  dispatch memory                           Result + 3  the packet is there
//   Result      the result is known: the successor
`default_nettype none
module result_route #(
  parameter int unsigned Clocks = 8,     // of the stage: at least 6, 7 if it dispatches
  parameter bit Dispatches = 1'b0
) (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire overlay_core_pkg::route_t route_i,                              // T0
  input  wire logic active_i,                                                 // the packet has a row here
  input  wire logic [overlay_core_pkg::ControlBits-1:0] control_i,
  input  wire logic [overlay_isa_pkg::Predicates-1:0] pred_i,
  input  wire logic may_dispatch_i,
  input  wire logic look_i,                                                   // Result - 1; without it nothing is dispatched
  input  wire logic [7:0] dispatch_addr_i,
  input  wire logic result_i,                                                 // Result
  input  wire logic found_i,                                                  // there is something to dispatch
  input  wire logic mine_i,
  input  wire overlay_core_pkg::cfg_t cfg_i,
  output      logic fetch_epoch_o,
  output      logic [overlay_core_pkg::RowBits-1:0] fetch_row_o,
  output      overlay_core_pkg::route_t route_o
);
  localparam int unsigned Result = Clocks - 3;
  localparam int unsigned StageBits = overlay_core_pkg::StageBits;
  localparam int unsigned RowBits = overlay_core_pkg::RowBits;
  localparam int unsigned RouteBits = overlay_core_pkg::RouteBits;

  // T0
  logic [StageBits-1:0] next_stage, taken_stage;
  logic [RowBits-1:0] next_row, taken_row;
  logic own, dispatch, negate;
  successor u_successor (
    .enable_i(active_i), .control_i, .pred_i, .stage_o(next_stage), .row_o(next_row),
    .taken_stage_o(taken_stage), .taken_row_o(taken_row), .own_o(own), .dispatch_o(dispatch), .negate_o(negate)
  );

  logic epoch_r, own_r, dispatch_r, negate_r;            // at Result
  logic [StageBits-1:0] next_stage_r, taken_stage_r;
  logic [RowBits-1:0] next_row_r, taken_row_r;
  delay_memory #(.Width(1 + 2 * (StageBits + RowBits) + 3), .Delay(Result)) u_delay_route (
    .clk_i, .rst_ni,
    .data_i({route_i.epoch, active_i ? next_stage : route_i.stage, active_i ? next_row : route_i.row, taken_stage, taken_row,
             active_i && own, active_i && dispatch && may_dispatch_i, negate}),
    .data_o({epoch_r, next_stage_r, next_row_r, taken_stage_r, taken_row_r, own_r, dispatch_r, negate_r})
  );
  logic [Result:1] valid_q;
  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[Result-1:1], route_i.valid};
    if (!rst_ni) valid_q <= '0;
  end

  // Result - 1: dispatch memory of both epochs
  logic [StageBits+RowBits-1:0] dispatched_q;
  if (Dispatches) begin : g_dispatch
    logic [StageBits+RowBits-1:0] dispatch_mem [0:overlay_isa_pkg::Epochs*overlay_isa_pkg::DispatchEntries-1];
    logic epoch;
    delay_memory #(.Width(1), .Delay(Result - 1)) u_delay_epoch (.clk_i, .rst_ni, .data_i(route_i.epoch), .data_o(epoch));
    always_ff @(posedge clk_i) begin
      if (mine_i && cfg_i.kind == overlay_core_pkg::CfgDispatch) begin
        dispatch_mem[{cfg_i.epoch, cfg_i.index[7:0]}] <= cfg_i.data[StageBits+RowBits-1:0];
      end
      if (look_i) dispatched_q <= dispatch_mem[{epoch, dispatch_addr_i}];
    end
  end else begin : g_branch
    assign dispatched_q = '0;
  end

  // Result
  logic [StageBits-1:0] stage_d;
  logic [RowBits-1:0] row_d;
  logic [3*RouteBits-1:0] routes_q;                      // Result + 1 in the low bits, Result + 2, output
  overlay_core_pkg::route_t fetch;
  always_comb begin
    stage_d = next_stage_r;
    row_d = next_row_r;
    if (own_r && result_i != negate_r) begin
      stage_d = taken_stage_r;
      row_d = taken_row_r;
    end
    if (Dispatches && dispatch_r && found_i) {stage_d, row_d} = dispatched_q;
  end
  always_ff @(posedge clk_i) begin
    routes_q <= {routes_q[2*RouteBits-1:0], valid_q[Result], epoch_r, stage_d, row_d};
    if (!rst_ni) routes_q <= '0;
  end
  assign fetch = routes_q[RouteBits-1:0];
  assign fetch_epoch_o = fetch.epoch;
  assign fetch_row_o = fetch.row;
  assign route_o = routes_q[2*RouteBits +: RouteBits];
endmodule
`default_nettype wire
