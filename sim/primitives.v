// What the primitives of Xilinx' 7 series do, as far as Bitloom instances them, written from UG474
// (CLB), UG953 (libraries guide) and UG479 (DSP48E1) for fast simulation. Verilog-2005.
//
// For simulation only: synthesisers have these cells. Use outside of what is modelled ends the
// simulation with a sentence.

// Two functions of I0 to I4, or one of all six inputs (UG953, LUT6_2).
module LUT6_2 (output O6, output O5, input I0, input I1, input I2, input I3, input I4, input I5);
  parameter [63:0] INIT = 64'h0;
  wire [31:0] upper = INIT[63:32];
  wire [31:0] lower = INIT[31:0];
  wire [4:0] address = {I4, I3, I2, I1, I0};
  assign O5 = lower[address];
  assign O6 = I5 ? upper[address] : lower[address];
endmodule

// Four positions of a carry chain (UG474, "Carry Logic"); of CI and CYINIT one is 0.
module CARRY4 (output [3:0] CO, output [3:0] O, input CI, input CYINIT, input [3:0] DI,
               input [3:0] S);
  wire c0 = CI | CYINIT;
  wire c1 = S[0] ? c0 : DI[0];
  wire c2 = S[1] ? c1 : DI[1];
  wire c3 = S[2] ? c2 : DI[2];
  wire c4 = S[3] ? c3 : DI[3];
  assign CO = {c4, c3, c2, c1};
  assign O = S ^ {c3, c2, c1, c0};
endmodule

// UG479: P = Z + X + Y, or with ALUMODE 0011 Z - X - Y, in one, two or four lanes; with the
// multiplier X + Y = (A, D + A or D - A) * B. Not modelled: two registers at A or B, their
// cascades, carries in and out, patterns, shifted PCIN and P.
module DSP48E1 (
  output [47:0] P,
  output [47:0] PCOUT,
  input [29:0] A,
  input [29:0] ACIN,
  input [3:0] ALUMODE,
  input [17:0] B,
  input [17:0] BCIN,
  input [47:0] C,
  input CARRYCASCIN,
  input CARRYIN,
  input [2:0] CARRYINSEL,
  input CEA1,
  input CEA2,
  input CEAD,
  input CEALUMODE,
  input CEB1,
  input CEB2,
  input CEC,
  input CECARRYIN,
  input CECTRL,
  input CED,
  input CEINMODE,
  input CEM,
  input CEP,
  input CLK,
  input [24:0] D,
  input [4:0] INMODE,
  input MULTSIGNIN,
  input [6:0] OPMODE,
  input [47:0] PCIN,
  input RSTA,
  input RSTALLCARRYIN,
  input RSTALUMODE,
  input RSTB,
  input RSTC,
  input RSTCTRL,
  input RSTD,
  input RSTINMODE,
  input RSTM,
  input RSTP
);
  parameter integer ACASCREG = 1;
  parameter integer ADREG = 1;
  parameter integer ALUMODEREG = 1;
  parameter integer AREG = 1;
  parameter AUTORESET_PATDET = "NO_RESET";
  parameter A_INPUT = "DIRECT";
  parameter integer BCASCREG = 1;
  parameter integer BREG = 1;
  parameter B_INPUT = "DIRECT";
  parameter integer CARRYINREG = 1;
  parameter integer CARRYINSELREG = 1;
  parameter integer CREG = 1;
  parameter integer DREG = 1;
  parameter integer INMODEREG = 1;
  parameter integer MREG = 1;
  parameter integer OPMODEREG = 1;
  parameter integer PREG = 1;
  parameter SEL_MASK = "MASK";
  parameter SEL_PATTERN = "PATTERN";
  parameter USE_DPORT = "FALSE";
  parameter USE_MULT = "MULTIPLY";
  parameter USE_PATTERN_DETECT = "NO_PATDET";
  parameter USE_SIMD = "ONE48";
  parameter [47:0] MASK = 48'h3FFFFFFFFFFF;
  parameter [47:0] PATTERN = 48'h000000000000;

  reg [29:0] a_reg = 30'd0;
  reg [17:0] b_reg = 18'd0;
  reg [47:0] c_reg = 48'd0;
  reg [24:0] d_reg = 25'd0;
  reg [24:0] ad_reg = 25'd0;
  reg [42:0] m_reg = 43'd0;
  reg [47:0] p_reg = 48'd0;
  reg [4:0] inmode_reg = 5'd0;
  reg [6:0] opmode_reg = 7'd0;
  reg [3:0] alumode_reg = 4'd0;

  wire [29:0] a = AREG == 0 ? A : a_reg;
  wire [17:0] b = BREG == 0 ? B : b_reg;
  wire [47:0] c = CREG == 0 ? C : c_reg;
  wire [24:0] d = DREG == 0 ? D : d_reg;
  wire [4:0] inmode = INMODEREG == 0 ? INMODE : inmode_reg;
  wire [6:0] opmode = OPMODEREG == 0 ? OPMODE : opmode_reg;
  wire [3:0] alumode = ALUMODEREG == 0 ? ALUMODE : alumode_reg;

  // Pre-adder and multiplier.
  wire [24:0] gated_d = inmode[2] ? d : 25'd0;
  wire [24:0] ad_next = inmode[3] ? gated_d - a[24:0] : gated_d + a[24:0];
  wire [24:0] ad = USE_DPORT == "FALSE" ? a[24:0] : ADREG == 0 ? ad_next : ad_reg;
  wire signed [42:0] m_next = $signed(ad) * $signed(b);
  wire [42:0] m = USE_MULT == "NONE" ? 43'd0 : MREG == 0 ? m_next : m_reg;

  // The multiplier's two partial products are X and Y, of which only the sum matters.
  reg [47:0] x, y, z;
  always @* begin
    case (opmode[1:0])
      2'b00: x = 48'd0;
      2'b01: x = {{5{m[42]}}, m};
      2'b10: x = P;
      default: x = {a, b};
    endcase
    y = opmode[3:2] == 2'b11 ? c : 48'd0;
    case (opmode[6:4])
      3'b001: z = PCIN;
      3'b010: z = P;
      3'b011: z = c;
      default: z = 48'd0;
    endcase
  end

  wire [47:0] from = alumode[0] ? ~z : z;
  wire [47:0] sum;
  generate
    if (USE_SIMD == "FOUR12") begin : four
      assign sum = {from[47:36] + x[47:36] + y[47:36], from[35:24] + x[35:24] + y[35:24],
                    from[23:12] + x[23:12] + y[23:12], from[11:0] + x[11:0] + y[11:0]};
    end else if (USE_SIMD == "TWO24") begin : two
      assign sum = {from[47:24] + x[47:24] + y[47:24], from[23:0] + x[23:0] + y[23:0]};
    end else begin : one
      assign sum = from + x + y;
    end
  endgenerate
  wire [47:0] p_next = alumode[1] ? ~sum : sum;

  // Without PREG there is no P to feed back.
  generate
    if (PREG == 0) begin : unregistered
      assign P = p_next;
    end else begin : registered
      assign P = p_reg;
    end
  endgenerate
  assign PCOUT = P;

  always @(posedge CLK) begin
    if (RSTA) a_reg <= 30'd0; else if (CEA2) a_reg <= A;
    if (RSTB) b_reg <= 18'd0; else if (CEB2) b_reg <= B;
    if (RSTC) c_reg <= 48'd0; else if (CEC) c_reg <= C;
    if (RSTD) d_reg <= 25'd0; else if (CED) d_reg <= D;
    if (RSTD) ad_reg <= 25'd0; else if (CEAD) ad_reg <= ad_next;
    if (RSTM) m_reg <= 43'd0; else if (CEM) m_reg <= m_next;
    if (RSTP) p_reg <= 48'd0; else if (CEP) p_reg <= p_next;
    if (RSTINMODE) inmode_reg <= 5'd0; else if (CEINMODE) inmode_reg <= INMODE;
    if (RSTCTRL) opmode_reg <= 7'd0; else if (CECTRL) opmode_reg <= OPMODE;
    if (RSTALUMODE) alumode_reg <= 4'd0; else if (CEALUMODE) alumode_reg <= ALUMODE;
  end

`ifndef SYNTHESIS
  task refuse(input [8*80-1:0] what);
    begin
      $display("ERROR: %m: DSP48E1 in simulation must have %0s", what);
`ifdef VERILATOR
      $stop;
`else
      $finish;
`endif
    end
  endtask

  initial begin
    if (AREG > 1 || BREG > 1) refuse("AREG and BREG 0 or 1");
    if (A_INPUT != "DIRECT" || B_INPUT != "DIRECT") refuse("A_INPUT and B_INPUT DIRECT");
    if (USE_MULT != "NONE" && USE_MULT != "MULTIPLY") refuse("USE_MULT NONE or MULTIPLY");
    if (USE_MULT != "NONE" && USE_SIMD != "ONE48") refuse("USE_SIMD ONE48 with a multiplier");
    if (USE_SIMD != "ONE48" && USE_SIMD != "TWO24" && USE_SIMD != "FOUR12")
      refuse("USE_SIMD ONE48, TWO24 or FOUR12");
    if (USE_PATTERN_DETECT != "NO_PATDET") refuse("USE_PATTERN_DETECT NO_PATDET");
  end

  always @(posedge CLK) begin
    if (alumode[3:2] != 2'b00) refuse("ALUMODE 0000 to 0011");
    if (CARRYIN || CARRYINSEL != 3'b000) refuse("CARRYIN 0 and CARRYINSEL 000");
    if (opmode[3:2] == 2'b10) refuse("OPMODE with Y = 0, M or C");
    if ((opmode[1:0] == 2'b01) != (opmode[3:2] == 2'b01)) refuse("OPMODE with X = M and Y = M");
    if (opmode[1:0] == 2'b01 && USE_MULT == "NONE") refuse("a multiplier for OPMODE with M");
    if (opmode[6:4] > 3'b011) refuse("OPMODE with Z = 0, PCIN, P or C");
    if (PREG == 0 && (opmode[1:0] == 2'b10 || opmode[6:4] == 3'b010)) refuse("PREG 1 for P");
    if (opmode[1:0] == 2'b01 && (inmode[4] || inmode[1:0] != 2'b00))
      refuse("INMODE 00000, 00100 or 01100");
    if (opmode[1:0] == 2'b01 && USE_DPORT == "FALSE" && inmode != 5'd0) refuse("INMODE 0 without D");
  end
`endif
endmodule
