// Decodes the operation of a lane into what the datapath does. Undefined operations do nothing.
`default_nettype none
module alu_decode (
  input  wire logic enable_i,              // without it the controls do not matter
  input  wire logic [4:0] op_i,
  output      overlay_core_pkg::alu_control_t control_o
);
  always_comb begin
    control_o = 'x;
    if (enable_i) begin
      control_o = '0;
      control_o.plain_b = 1'b1;
      control_o.plain_both = 1'b1;
      case (op_i)
        overlay_isa_pkg::OpA_ADD: begin
          control_o.use_sum = 1'b1;
          control_o.flag_less = 1'b1;
          control_o.flag_invert = 1'b1;
        end
        overlay_isa_pkg::OpA_ADDE: begin
          control_o.use_sum = 1'b1;
          control_o.carry_pc = 1'b1;
          control_o.flag_less = 1'b1;
          control_o.flag_invert = 1'b1;
        end
        overlay_isa_pkg::OpA_SUB: begin
          control_o.use_sum = 1'b1;
          control_o.subtract = 1'b1;
          control_o.flag_less = 1'b1;
        end
        overlay_isa_pkg::OpA_SUBE: begin
          control_o.use_sum = 1'b1;
          control_o.subtract = 1'b1;
          control_o.carry_pc = 1'b1;
          control_o.carry_invert = 1'b1;
          control_o.flag_less = 1'b1;
        end
        overlay_isa_pkg::OpA_AND: control_o.plain_b = 1'b0;
        overlay_isa_pkg::OpA_OR: control_o.plain_a = 1'b1;
        overlay_isa_pkg::OpA_XOR: begin
          control_o.plain_a = 1'b1;
          control_o.plain_both = 1'b0;
        end
        overlay_isa_pkg::OpA_ANDN: begin
          control_o.plain_a = 1'b1;
          control_o.plain_b = 1'b0;
          control_o.plain_both = 1'b0;
        end
        overlay_isa_pkg::OpA_SHL: begin
          control_o.use_shift = 1'b1;
          control_o.shift_left = 1'b1;
          control_o.plain_b = 1'b0;
          control_o.plain_both = 1'b0;
        end
        overlay_isa_pkg::OpA_SHR: begin
          control_o.use_shift = 1'b1;
          control_o.plain_b = 1'b0;
          control_o.plain_both = 1'b0;
        end
        overlay_isa_pkg::OpA_SAR: begin
          control_o.use_shift = 1'b1;
          control_o.shift_signed = 1'b1;
          control_o.plain_b = 1'b0;
          control_o.plain_both = 1'b0;
        end
        overlay_isa_pkg::OpA_SEL: control_o.select = 1'b1;
        overlay_isa_pkg::OpA_MIN: begin
          control_o.subtract = 1'b1;
          control_o.pick_less = 1'b1;
        end
        overlay_isa_pkg::OpA_MAX: begin
          control_o.subtract = 1'b1;
          control_o.pick_more = 1'b1;
        end
        overlay_isa_pkg::OpA_MUL16: control_o.use_product = 1'b1;
        overlay_isa_pkg::OpA_CMPEQ, overlay_isa_pkg::OpA_CMPNE: begin
          control_o.combine = 1'b1;
          control_o.subtract = 1'b1;
          control_o.flag_equal = 1'b1;
          control_o.flag_invert = op_i == overlay_isa_pkg::OpA_CMPNE;
        end
        overlay_isa_pkg::OpA_CMPLTU, overlay_isa_pkg::OpA_CMPGEU: begin
          control_o.combine = 1'b1;
          control_o.subtract = 1'b1;
          control_o.flag_less = 1'b1;
          control_o.flag_invert = op_i == overlay_isa_pkg::OpA_CMPGEU;
        end
        overlay_isa_pkg::OpA_CMPLEU, overlay_isa_pkg::OpA_CMPGTU: begin
          control_o.combine = 1'b1;
          control_o.subtract = 1'b1;
          control_o.flag_less = 1'b1;
          control_o.flag_equal = 1'b1;
          control_o.flag_invert = op_i == overlay_isa_pkg::OpA_CMPGTU;
        end
        overlay_isa_pkg::OpA_CMPLTS, overlay_isa_pkg::OpA_CMPGES: begin
          control_o.combine = 1'b1;
          control_o.subtract = 1'b1;
          control_o.flag_less = 1'b1;
          control_o.flag_signed = 1'b1;
          control_o.flag_invert = op_i == overlay_isa_pkg::OpA_CMPGES;
        end
        overlay_isa_pkg::OpA_TST, overlay_isa_pkg::OpA_TSZ: begin
          control_o.combine = 1'b1;
          control_o.subtract = 1'b1;
          control_o.plain_b = 1'b0;
          control_o.flag_any = 1'b1;
          control_o.flag_invert = op_i == overlay_isa_pkg::OpA_TSZ;
        end
        overlay_isa_pkg::OpA_PLOG: control_o.flag_plog = 1'b1;
        overlay_isa_pkg::OpA_EVENT: control_o.event_id = 1'b1;
        overlay_isa_pkg::OpA_EVENTX: begin
          control_o.event_id = 1'b1;
          control_o.use_sum = 1'b1;
        end
        overlay_isa_pkg::OpA_VERDICT: control_o.verdict = 1'b1;
        overlay_isa_pkg::OpA_ACT: control_o.act = 1'b1;
        default: ;
      endcase
    end
  end
endmodule
`default_nettype wire
