// What write_back_equiv.sh makes of two cells of yosys.

// An indexed write as yosys sees it is a shift in both directions of which one is never taken: this keeps the two apart,
// so that they stay as wide as the payload. yosys's own map makes one shift of twice the width.
(* techmap_celltype = "$shift" *)
module write_back_shift (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  (* force_downto *) input [A_WIDTH-1:0] A;
  (* force_downto *) input [B_WIDTH-1:0] B;
  (* force_downto *) output [Y_WIDTH-1:0] Y;
  wire [B_WIDTH-1:0] back = -B;
  wire [Y_WIDTH-1:0] left = A << back;
  wire [Y_WIDTH-1:0] right = A >> B;
  assign Y = B[B_WIDTH-1] ? left : right;
endmodule

// The output register, which nothing reads, is a wire.
(* techmap_celltype = "$dff" *)
module write_back_register (CLK, D, Q);
  parameter CLK_POLARITY = 1;
  parameter WIDTH = 1;
  input CLK;
  input [WIDTH-1:0] D;
  output [WIDTH-1:0] Q;
  assign Q = D;
endmodule
