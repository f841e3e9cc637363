// Four bytes of the window from any byte on: each lane of the window's words has a multiplexer of its own, then the lanes
// are turned into order.
//
//   window    w0 = b0 b1 b2 b3   w1 = b4 b5 b6 b7 ...      four bytes from b6 on: lanes 2, 3 of w1, lanes 0, 1 of w2
//
//   T2   word and turn are registers    T3   the window's bytes come    T4   a word in the order of its lanes
`default_nettype none
module gather_bytes (
  input  wire logic clk_i,
  input  wire logic enable_t2_i,                         // without it what comes out does not matter
  input  wire logic enable_t3_i,
  input  wire logic enable_t4_i,
  input  wire logic within_i,                            // at T2; else the value is zero
  input  wire logic [1:0] size_i,                        // 0 one byte, 1 two, 2 four; at T2
  input  wire logic [6:0] first_i,                       // the first byte; at T2
  input  wire logic [overlay_core_pkg::WindowBits-1:0] window_i,   // at T3
  output      logic [31:0] value_o                       // at T5: a register
);
  localparam int unsigned Words = overlay_isa_pkg::WindowBytes / 4;
  localparam int unsigned WordNumberBits = $clog2(Words);

  // T2: where each lane finds its byte. Lanes below the first byte's have it in the next word.
  logic [4*WordNumberBits-1:0] word_q;
  logic [1:0] turn_t3_q, size_t3_q;
  logic within_t3_q;
  always_ff @(posedge clk_i) begin
    if (enable_t2_i) begin
      for (int unsigned lane = 0; lane < 4; lane++) begin
        word_q[WordNumberBits*lane +: WordNumberBits] <= first_i[6:2] + WordNumberBits'(lane < 32'(first_i[1:0]));
      end
      turn_t3_q <= first_i[1:0];
      size_t3_q <= size_i;
      within_t3_q <= within_i;
    end
  end

  // T3: the lanes' bytes, and for each byte of the result which lane it comes from and whether it is there
  logic [31:0] lane_q;
  logic [7:0] from_q;
  logic [3:0] there_q;
  always_ff @(posedge clk_i) begin
    if (enable_t3_i) begin
      for (int unsigned lane = 0; lane < 4; lane++) lane_q[8*lane +: 8] <= window_i[{word_q[WordNumberBits*lane +: WordNumberBits], 2'(lane), 3'd0} +: 8];
      from_q[7:6] <= turn_t3_q;
      from_q[5:4] <= turn_t3_q + 2'd1;
      from_q[3:2] <= turn_t3_q + (size_t3_q[1] ? 2'd2 : 2'd0);
      from_q[1:0] <= turn_t3_q + (size_t3_q[1] ? 2'd3 : size_t3_q);
      there_q <= {{2{within_t3_q && size_t3_q[1]}}, within_t3_q && size_t3_q != 2'd0, within_t3_q};
    end
  end

  // T4
  always_ff @(posedge clk_i) begin
    if (enable_t4_i) begin
      for (int unsigned b = 0; b < 4; b++) value_o[8*b +: 8] <= there_q[b] ? lane_q[{from_q[2*b +: 2], 3'd0} +: 8] : 8'd0;
    end
  end
endmodule
`default_nettype wire
