// Of a few matching entries in known order: the first terminal one, and the first four others, each as one bit of many.
// Combinational. Bit j of precedes_i[Count*i +: Count] says that entry i comes before entry j.
`default_nettype none
module rule_pick #(
  parameter int unsigned Count = 8,
  parameter int unsigned Others = 8                      // only the first so many may be other than terminal
) (
  input  wire logic enable_i,                            // without it the picks do not matter
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
  logic [4:0] rank;                                      // how many others come before one: 0 to 3, or more
  always_comb begin
    terminals = 'x;
    preceded = 'x;
    others = 'x;
    rank = 'x;
    terminal_o = 'x;
    other0_o = 'x;
    other1_o = 'x;
    other2_o = 'x;
    other3_o = 'x;
    if (enable_i) begin
      terminals = match_i & terminal_i;
      preceded = '0;
      for (int unsigned i = 0; i < Count; i++) preceded = preceded | (precedes_i[Count*i +: Count] & {Count{terminals[i]}});
      terminal_o = terminals & ~preceded;
      others = match_i[Others-1:0] & ~terminal_i[Others-1:0];
      for (int unsigned j = 0; j < Others; j++) begin
        rank = '0;
        for (int unsigned i = 0; i < Others; i++) rank = rank + {4'd0, others[i] & precedes_i[Count*i + j]};
        other0_o[j] = others[j] && rank == 5'd0;
        other1_o[j] = others[j] && rank == 5'd1;
        other2_o[j] = others[j] && rank == 5'd2;
        other3_o[j] = others[j] && rank == 5'd3;
      end
    end
  end
endmodule
`default_nettype wire
