// The way hashes of an exact lookup: slices of CRC-64/ECMA-182 over the table id, then the key words from 0 on, most
// significant bit first.
//
// With initial value 0 the CRC is linear: bit j is the parity of the message under a mask. The masks come from the
// response to a single message bit, which is the polynomial stepped once for every bit that follows it.
`default_nettype none
module crc_slices #(
  parameter int unsigned AddrBits = 11
) (
  input  wire logic enable_i,                       // without it the hashes do not matter
  input  wire logic [7:0] table_i,
  input  wire logic [63:0] key01_i,                 // word 0 in the low half
  input  wire logic [63:0] key23_i,
  output      logic [overlay_isa_pkg::ExactWays*AddrBits-1:0] addr_o
);
  localparam int unsigned TableBits = 8;
  localparam int unsigned MessageBits = TableBits + 128;
  localparam logic [63:0] Polynomial = 64'h42f0e1eba9ea3693;

  // Bits 64*b+63 : 64*b are the response to message bit b; bit 0 is the last.
  function automatic logic [64*MessageBits-1:0] responses(input logic [63:0] polynomial);
    logic [63:0] response;
    response = polynomial;
    for (int b = 0; b < MessageBits; b++) begin
      responses[64*b +: 64] = response;
      response = {response[62:0], 1'b0} ^ ({64{response[63]}} & polynomial);
    end
  endfunction
  localparam logic [64*MessageBits-1:0] Responses = responses(Polynomial);

  // The message as 64-bit halves of the key (the earlier word is in the low half of each) and the table id.
  for (genvar w = 0; w < overlay_isa_pkg::ExactWays; w++) begin : g_way
    for (genvar a = 0; a < AddrBits; a++) begin : g_bit
      localparam int unsigned Bit = overlay_isa_pkg::HashShift * w + a;
      logic [63:0] mask01, mask23;
      logic [TableBits-1:0] mask_table;
      for (genvar b = 0; b < 32; b++) begin : g_mask
        assign mask23[32+b] = Responses[64*b + Bit];
        assign mask23[b] = Responses[64*(32+b) + Bit];
        assign mask01[32+b] = Responses[64*(64+b) + Bit];
        assign mask01[b] = Responses[64*(96+b) + Bit];
      end
      for (genvar b = 0; b < TableBits; b++) begin : g_table
        assign mask_table[b] = Responses[64*(128+b) + Bit];
      end
      logic parity;
      always_comb begin
        parity = 'x;
        if (enable_i) parity = ^((key01_i & mask01) ^ (key23_i & mask23) ^ {56'd0, table_i & mask_table});
      end
      assign addr_o[AddrBits*w + a] = parity;
    end
  end
endmodule
`default_nettype wire
