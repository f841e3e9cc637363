// Lowers choices by an index, comparisons for equality and those of ternary words to trees of 6-input LUTs, before synth_xilinx does it bit by bit.
//
// yosys 0.23 turns them into binary trees that abc does not cover well: a choice among 24 words takes 11 LUTs a bit
// instead of 8, an equality of n bits n/2 instead of n/3, a ternary word of 32 bits 26 instead of 20. The tools of the FPGA
// vendors know these shapes.

(* techmap_celltype = "$shiftx" *)
module lut6_shiftx (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  (* force_downto *) input [A_WIDTH-1:0] A;
  (* force_downto *) input [B_WIDTH-1:0] B;
  (* force_downto *) output [Y_WIDTH-1:0] Y;
  parameter [B_WIDTH-1:0] _TECHMAP_CONSTMSK_B_ = 0;
  parameter [B_WIDTH-1:0] _TECHMAP_CONSTVAL_B_ = 0;

  // The low bits of the index that are always zero say how wide a word is.
  function integer zeros;
    input integer unused;
    integer i;
    reg more;
    begin
      zeros = 0;
      more = 1;
      for (i = 0; i < B_WIDTH; i = i + 1) begin
        if (!_TECHMAP_CONSTMSK_B_[i] || _TECHMAP_CONSTVAL_B_[i] !== 1'b0) more = 0;
        if (more) zeros = zeros + 1;
      end
    end
  endfunction
  // The high bits that are always zero, and how wide the index is say how many words it reaches.
  function integer high_zeros;
    input integer unused;
    integer i;
    reg more;
    begin
      high_zeros = 0;
      more = 1;
      for (i = B_WIDTH - 1; i >= 0; i = i - 1) begin
        if (!_TECHMAP_CONSTMSK_B_[i] || _TECHMAP_CONSTVAL_B_[i] !== 1'b0) more = 0;
        if (more) high_zeros = high_zeros + 1;
      end
    end
  endfunction
  localparam Low = zeros(0);
  localparam Stride = 2 ** Low;
  localparam There = (A_WIDTH + Stride - 1) / Stride;
  localparam Reach = 2 ** (B_WIDTH > Low + high_zeros(0) ? B_WIDTH - Low - high_zeros(0) : 0);
  localparam Words = There < Reach ? There : Reach;
  localparam Groups = (Words + 3) / 4;
  localparam Negative = B_SIGNED && (!_TECHMAP_CONSTMSK_B_[B_WIDTH-1] || _TECHMAP_CONSTVAL_B_[B_WIDTH-1] !== 1'b0);

  generate
    if (Negative || Y_WIDTH < 8 || Y_WIDTH > Stride || Words < 9 || Groups > 7) begin
      wire _TECHMAP_FAIL_ = 1;
    end else begin
      // Words that are not there read as the first of their group.
      wire [Stride*Words-1:0] all = A;
      wire [1:0] within = B[Low+1:Low];
      wire [1:0] group = B[Low+3:Low+2];
      wire [1:0] last;
      if (Groups > 4) begin
        // The first four groups are one word of the last choice, the others follow it.
        assign last = B[B_WIDTH > Low + 4 ? Low + 4 : 0] ? {group[1] | group[0], ~group[0]} : 2'd0;
      end else begin
        assign last = group;
      end
      genvar y, g;
      for (y = 0; y < Y_WIDTH; y = y + 1) begin : column
        wire [7:0] chosen;
        for (g = 0; g < 7; g = g + 1) begin : quad
          if (g < Groups) begin
            LUT6 #(.INIT(64'hff00_f0f0_cccc_aaaa)) mux (
              .I0(all[Stride*(4*g) + y]),
              .I1(all[Stride*(4*g + 1 < Words ? 4*g + 1 : 4*g) + y]),
              .I2(all[Stride*(4*g + 2 < Words ? 4*g + 2 : 4*g) + y]),
              .I3(all[Stride*(4*g + 3 < Words ? 4*g + 3 : 4*g) + y]),
              .I4(within[0]), .I5(within[1]), .O(chosen[g]));
          end else begin
            assign chosen[g] = chosen[0];
          end
        end
        if (Groups > 4) begin
          wire first;
          LUT6 #(.INIT(64'hff00_f0f0_cccc_aaaa)) mux_first (
            .I0(chosen[0]), .I1(chosen[1]), .I2(chosen[2]), .I3(chosen[3]), .I4(group[0]), .I5(group[1]), .O(first));
          LUT6 #(.INIT(64'hff00_f0f0_cccc_aaaa)) mux_last (
            .I0(first), .I1(chosen[4]), .I2(chosen[5]), .I3(chosen[6]), .I4(last[0]), .I5(last[1]), .O(Y[y]));
        end else begin
          LUT6 #(.INIT(64'hff00_f0f0_cccc_aaaa)) mux_last (
            .I0(chosen[0]), .I1(chosen[1]), .I2(chosen[2]), .I3(chosen[3]), .I4(last[0]), .I5(last[1]), .O(Y[y]));
        end
      end
    end
  endgenerate
endmodule

(* techmap_celltype = "$eq" *)
module lut6_eq (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  (* force_downto *) input [A_WIDTH-1:0] A;
  (* force_downto *) input [B_WIDTH-1:0] B;
  (* force_downto *) output [Y_WIDTH-1:0] Y;
  parameter [A_WIDTH-1:0] _TECHMAP_CONSTMSK_A_ = 0;
  parameter [B_WIDTH-1:0] _TECHMAP_CONSTMSK_B_ = 0;

  localparam Parts = (A_WIDTH + 2) / 3;
  generate
    if (A_WIDTH != B_WIDTH || A_WIDTH < 12 || |_TECHMAP_CONSTMSK_A_ || |_TECHMAP_CONSTMSK_B_) begin
      wire _TECHMAP_FAIL_ = 1;
    end else begin
      wire [3*Parts-1:0] a = A;
      wire [3*Parts-1:0] b = B;
      wire [Parts-1:0] same;
      genvar p;
      for (p = 0; p < Parts; p = p + 1) begin : part
        LUT6 #(.INIT(64'h9009_0000_0000_9009)) compare (
          .I0(a[3*p]), .I1(b[3*p]), .I2(a[3*p+1]), .I3(b[3*p+1]), .I4(a[3*p+2]), .I5(b[3*p+2]), .O(same[p]));
      end
      assign Y = &same;
    end
  endgenerate
endmodule

(* techmap_celltype = "rule_ternary" *)
module lut6_ternary (enable_i, key_i, value_i, mask_i, same_o);
  input enable_i;
  input [31:0] key_i, value_i, mask_i;
  output same_o;

  wire [15:0] same;
  genvar p;
  generate
    for (p = 0; p < 16; p = p + 1) begin : pair
      LUT6 #(.INIT(64'h9f00_009f_9f9f_9f9f)) compare (
        .I0(key_i[2*p]), .I1(value_i[2*p]), .I2(mask_i[2*p]), .I3(key_i[2*p+1]), .I4(value_i[2*p+1]), .I5(mask_i[2*p+1]), .O(same[p]));
    end
  endgenerate
  assign same_o = &same;
endmodule
