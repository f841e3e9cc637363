// 64-bit addition in four blocks: the upper three are summed for both carries, then chosen. A single carry chain would
// be twice as deep in LUTs as the state loop allows; four blocks need about the area of two adders.
`default_nettype none
module carry_select_adder (
  input  wire logic enable_i,              // without it the sum does not matter
  input  wire logic [63:0] a_i,
  input  wire logic [63:0] b_i,
  input  wire logic carry_i,
  output      logic [63:0] sum_o
);
  // Blocks with a carry in: it enters as a bit below the operands. The top bit is the carry out.
  logic [17:0] low, one1, one2;
  logic [16:0] zero1, zero2, one3;
  logic [15:0] zero3;
  logic c2, c3;
  always_comb begin
    low = 'x;
    one1 = 'x;
    one2 = 'x;
    one3 = 'x;
    zero1 = 'x;
    zero2 = 'x;
    zero3 = 'x;
    c2 = 'x;
    c3 = 'x;
    sum_o = 'x;
    if (enable_i) begin
      low = {1'b0, a_i[15:0], 1'b1} + {1'b0, b_i[15:0], carry_i};
      zero1 = {1'b0, a_i[31:16]} + {1'b0, b_i[31:16]};
      one1 = {1'b0, a_i[31:16], 1'b1} + {1'b0, b_i[31:16], 1'b1};
      zero2 = {1'b0, a_i[47:32]} + {1'b0, b_i[47:32]};
      one2 = {1'b0, a_i[47:32], 1'b1} + {1'b0, b_i[47:32], 1'b1};
      zero3 = a_i[63:48] + b_i[63:48];
      one3 = {a_i[63:48], 1'b1} + {b_i[63:48], 1'b1};
      c2 = low[17] ? one1[17] : zero1[16];
      c3 = c2 ? one2[17] : zero2[16];
      sum_o = {c3 ? one3[16:1] : zero3, c2 ? one2[16:1] : zero2[15:0], low[17] ? one1[16:1] : zero1[15:0], low[16:1]};
    end
  end
endmodule
`default_nettype wire
