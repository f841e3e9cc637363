// The counters of one event slot: packets and bytes of every event id, one event a clock.
//
//   clock 0  id checked, or an access in its place      2  memory latch, or a result of two or three clocks before
//   clock 1  memory; address comparisons                3  sums         4  written
//
// The same forwarding as in a state stage: every event sees all events before it.
`default_nettype none
module event_slot (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic valid_i,
  input  wire logic [overlay_core_pkg::EventIdBits-1:0] id_i,
  input  wire logic [overlay_core_pkg::LengthBits-1:0] length_i,
  output      logic bad_o,                               // the id names no counter
  input  wire logic [SlotBits-1:0] slot_i,               // number of this slot, constant
  input  wire logic access_i,                            // an access begins, of the slot access_slot_i
  input  wire logic [SlotBits-1:0] access_slot_i,
  input  wire logic access_write_i,                      // this and the following: held until the answer
  input  wire logic access_bytes_i,                      // the byte counter, else the packet counter
  input  wire logic [AddrBits-1:0] access_id_i,
  input  wire logic [63:0] access_data_i,
  output      logic answer_valid_o,
  output      logic [63:0] answer_o                      // the counter before the access
);
  localparam int unsigned AddrBits = $clog2(overlay_core_pkg::EventIds);
  localparam int unsigned SlotBits = $clog2(overlay_isa_pkg::EventSlots);

  // An access waits for a clock without event.
  logic good, pending_q, access_taken;
  assign good = valid_i && {16'd0, id_i} < overlay_core_pkg::EventIds;
  assign access_taken = pending_q && !good;
  always_ff @(posedge clk_i) begin
    if (access_i && access_slot_i == slot_i) pending_q <= 1'b1;
    else if (access_taken) pending_q <= 1'b0;
    if (!rst_ni) pending_q <= 1'b0;
  end

  logic step1_q, step2_q, step3_q, step4_q, access1_q, access2_q, access3_q, access4_q;
  logic write1_q, write2_q, write3_q, bytes1_q, bytes2_q, bytes3_q, bytes4_q;
  logic [AddrBits-1:0] addr1_q, addr2_q, addr3_q, addr4_q;
  logic [overlay_core_pkg::LengthBits-1:0] length1_q, length2_q, length3_q;
  logic same1_2_q, same2_2_q, same3_2_q, same1_3_q;
  always_ff @(posedge clk_i) begin
    bad_o <= valid_i && !good;
    step1_q <= good || pending_q;
    access1_q <= access_taken;
    write1_q <= access_write_i;
    bytes1_q <= access_bytes_i;
    addr1_q <= good ? id_i[AddrBits-1:0] : access_id_i;
    length1_q <= length_i;
    {step2_q, step3_q, step4_q} <= {step1_q, step2_q, step3_q};
    {access2_q, access3_q, access4_q} <= {access1_q, access2_q, access3_q};
    {write2_q, write3_q} <= {write1_q, write2_q};
    {bytes2_q, bytes3_q, bytes4_q} <= {bytes1_q, bytes2_q, bytes3_q};
    {addr2_q, addr3_q, addr4_q} <= {addr1_q, addr2_q, addr3_q};
    {length2_q, length3_q} <= {length1_q, length2_q};
    same1_2_q <= step2_q && addr1_q == addr2_q;
    same2_2_q <= step3_q && addr1_q == addr3_q;
    same3_2_q <= step4_q && addr1_q == addr4_q;
    same1_3_q <= same1_2_q;
    if (!rst_ni) begin
      bad_o <= 1'b0;
      step1_q <= 1'b0;
      access1_q <= 1'b0;
      {step2_q, step3_q, step4_q} <= '0;
      {access2_q, access3_q, access4_q} <= '0;
    end
  end

  logic [63:0] packets_mem [0:overlay_core_pkg::EventIds-1];
  logic [63:0] bytes_mem [0:overlay_core_pkg::EventIds-1];
  logic [63:0] packets_latch_q, bytes_latch_q, packets_base_q, bytes_base_q;
  logic [63:0] packets4_q, bytes_sum4_q, packets5_q, bytes_sum5_q;
  always_ff @(posedge clk_i) begin
    if (step4_q) packets_mem[addr4_q] <= packets4_q;
    if (step1_q) packets_latch_q <= packets_mem[addr1_q];
  end
  always_ff @(posedge clk_i) begin
    if (step4_q) bytes_mem[addr4_q] <= bytes_sum4_q;
    if (step1_q) bytes_latch_q <= bytes_mem[addr1_q];
  end

  logic [63:0] packets, bytes, packets_sum, bytes_sum, packets_old_q, bytes_old_q;
  assign packets = same1_3_q ? packets4_q : packets_base_q;
  assign bytes = same1_3_q ? bytes_sum4_q : bytes_base_q;
  carry_select_adder u_packets (.enable_i(step3_q), .a_i(packets), .b_i(64'd0), .carry_i(!access3_q), .sum_o(packets_sum));
  carry_select_adder u_bytes (.enable_i(step3_q), .a_i(bytes), .b_i({48'd0, access3_q ? 16'd0 : length3_q}), .carry_i(1'b0), .sum_o(bytes_sum));
  always_ff @(posedge clk_i) begin
    if (step2_q) begin
      packets_base_q <= same2_2_q ? packets4_q : same3_2_q ? packets5_q : packets_latch_q;
      bytes_base_q <= same2_2_q ? bytes_sum4_q : same3_2_q ? bytes_sum5_q : bytes_latch_q;
    end
    if (step3_q) begin
      packets4_q <= access3_q && write3_q && !bytes3_q ? access_data_i : packets_sum;
      bytes_sum4_q <= access3_q && write3_q && bytes3_q ? access_data_i : bytes_sum;
      packets_old_q <= packets;
      bytes_old_q <= bytes;
    end
    if (step4_q) begin
      packets5_q <= packets4_q;
      bytes_sum5_q <= bytes_sum4_q;
    end
  end
  assign answer_valid_o = access4_q;
  assign answer_o = bytes4_q ? bytes_old_q : packets_old_q;
endmodule
`default_nettype wire
