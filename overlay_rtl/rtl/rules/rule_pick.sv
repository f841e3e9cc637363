// Of a few matching entries in known order: the first terminal one, and the first four others, each as one bit of many.
// Combinational. Bit j of precedes_i[Count*i +: Count] says that entry i comes before entry j.
//
// Each pick leaves out those before it, which is deeper than counting who comes before whom and a third of the LUTs.
`default_nettype none
module rule_pick #(
  parameter int unsigned Count = 8,
  parameter bit HasOthers = 1'b1           // without it the others do not matter
) (
  input  wire logic enable_i,                            // without it the picks do not matter
  input  wire logic [Count-1:0] match_i,
  input  wire logic [Count-1:0] terminal_i,
  input  wire logic [Count*Count-1:0] precedes_i,
  output      logic [Count-1:0] terminal_o,
  output      logic [4*Count-1:0] others_o               // the first one in the low bits
);
  logic [Count-1:0] left, preceded;
  always_comb begin
    left = 'x;
    preceded = 'x;
    terminal_o = 'x;
    others_o = 'x;
    if (enable_i) begin
      left = match_i & terminal_i;
      preceded = '0;
      for (int unsigned i = 0; i < Count; i++) preceded = preceded | (precedes_i[Count*i +: Count] & {Count{left[i]}});
      terminal_o = left & ~preceded;
      if (HasOthers) begin
        left = match_i & ~terminal_i;
        for (int unsigned k = 0; k < 4; k++) begin
          preceded = '0;
          for (int unsigned i = 0; i < Count; i++) preceded = preceded | (precedes_i[Count*i +: Count] & {Count{left[i]}});
          others_o[Count*k +: Count] = left & ~preceded;
          left = left & preceded;
        end
      end
    end
  end
endmodule
`default_nettype wire
