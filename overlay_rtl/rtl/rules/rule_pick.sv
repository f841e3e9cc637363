// Of a few matching entries in known order: the first terminal one, and the first four others, each as one bit of many.
// Combinational. Bit j of precedes_i[Count*i +: Count] says that entry i comes before entry j.
`default_nettype none
module rule_pick #(
  parameter int unsigned Count = 8,
  parameter int unsigned Others = 8                      // only the first so many may be other than terminal
) (
  input  wire logic [Count-1:0] match_i,
  input  wire logic [Count-1:0] terminal_i,
  input  wire logic [Count*Count-1:0] precedes_i,
  output      logic [Count-1:0] terminal_o,
  output      logic [Others-1:0] other0_o,
  output      logic [Others-1:0] other1_o,
  output      logic [Others-1:0] other2_o,
  output      logic [Others-1:0] other3_o
);
  logic [Count-1:0] terminals, preceded;
  logic [Others-1:0] others;
  assign terminals = match_i & terminal_i;
  assign others = match_i[Others-1:0] & ~terminal_i[Others-1:0];
  always_comb begin
    preceded = '0;
    for (int unsigned i = 0; i < Count; i++) preceded = preceded | (precedes_i[Count*i +: Count] & {Count{terminals[i]}});
    terminal_o = terminals & ~preceded;
  end

  // How many others come precedes each: 0 to 3, or more.
  for (genvar j = 0; j < Others; j++) begin : g_rank
    logic [4:0] rank;
    always_comb begin
      rank = '0;
      for (int unsigned i = 0; i < Others; i++) rank = rank + {4'd0, others[i] & precedes_i[Count*i + j]};
    end
    assign other0_o[j] = others[j] && rank == 5'd0;
    assign other1_o[j] = others[j] && rank == 5'd1;
    assign other2_o[j] = others[j] && rank == 5'd2;
    assign other3_o[j] = others[j] && rank == 5'd3;
  end
endmodule
`default_nettype wire
