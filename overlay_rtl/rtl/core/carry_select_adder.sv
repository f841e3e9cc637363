// 64-bit addition in four blocks: the upper three are summed for both carries, then chosen. A single carry chain would
// be twice as deep in LUTs as the state loop allows; four blocks need about the area of two adders.
`default_nettype none
module carry_select_adder (
  input  wire logic [63:0] a_i,
  input  wire logic [63:0] b_i,
  input  wire logic carry_i,
  output      logic [63:0] sum_o
);
  logic [17:0] low;
  logic [16:0] s1_0, s1_1, s2_0, s2_1;
  logic [15:0] s3_0, s3_1;
  logic c1, c2, c3;
  always_comb begin
    low = {1'b0, a_i[15:0], 1'b1} + {1'b0, b_i[15:0], carry_i};
    s1_0 = {1'b0, a_i[31:16]} + {1'b0, b_i[31:16]};
    s1_1 = s1_sum_one(a_i[31:16], b_i[31:16]);
    s2_0 = {1'b0, a_i[47:32]} + {1'b0, b_i[47:32]};
    s2_1 = s1_sum_one(a_i[47:32], b_i[47:32]);
    s3_0 = a_i[63:48] + b_i[63:48];
    s3_1 = s3_sum_one(a_i[63:48], b_i[63:48]);
    c1 = low[17];
    c2 = c1 ? s1_1[16] : s1_0[16];
    c3 = c2 ? s2_1[16] : s2_0[16];
    sum_o = {c3 ? s3_1 : s3_0, c2 ? s2_1[15:0] : s2_0[15:0], c1 ? s1_1[15:0] : s1_0[15:0], low[16:1]};
  end

  // a + b + 1 with one adder: the carry enters as a bit below the operands.
  function automatic logic [16:0] s1_sum_one(input logic [15:0] a, input logic [15:0] b);
    logic [17:0] total;
    total = {1'b0, a, 1'b1} + {1'b0, b, 1'b1};
    s1_sum_one = total[17:1];
  endfunction
  function automatic logic [15:0] s3_sum_one(input logic [15:0] a, input logic [15:0] b);
    logic [16:0] total;
    total = {a, 1'b1} + {b, 1'b1};
    s3_sum_one = total[16:1];
  endfunction
endmodule
`default_nettype wire
