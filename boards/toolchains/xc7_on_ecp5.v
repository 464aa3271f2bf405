// What the primitives of Xilinx' 7 series that top.v instances are on an ECP5, for yosys:
//
//     read_verilog -icells xc7_on_ecp5.v
//
// beside top.v, before synth_ecp5. LUT6_2 becomes two functions that are mapped anew, CARRY4 two
// CCU2C, DSP48E1 what it computes: multipliers become MULT18X18D, adders CCU2C. Functions are those
// of UG953 (LUT6_2), UG474 (CARRY4) and UG479 (DSP48E1, as far as Bitloom uses it: one register at
// most at A and B, no cascades of these, no carries, no patterns, no shifts).

module LUT6_2 (output O6, output O5, input I0, input I1, input I2, input I3, input I4, input I5);
  parameter [63:0] INIT = 64'h0;
  \$lut #(.WIDTH(5), .LUT(INIT[31:0])) lower (.A({I4, I3, I2, I1, I0}), .Y(O5));
  \$lut #(.WIDTH(6), .LUT(INIT)) whole (.A({I5, I4, I3, I2, I1, I0}), .Y(O6));
endmodule

// A position of a CCU2C is S = L ^ C, C' = L ? C : l, where L is its table at A, B, C, D and l the
// table's lowest four bits at A, B. With C = D = 1, A = DI and B = S, L = B and l = A are CARRY4's:
// 16'hC..A. Its first and third carry are within a CCU2C and are computed again, where wanted.
module CARRY4 (output [3:0] CO, output [3:0] O, input CI, input CYINIT, input [3:0] DI,
               input [3:0] S);
  wire c0 = CI | CYINIT;
  CCU2C #(.INIT0(16'hCCCA), .INIT1(16'hCCCA), .INJECT1_0("NO"), .INJECT1_1("NO")) low (
    .CIN(c0), .COUT(CO[1]), .S0(O[0]), .S1(O[1]),
    .A0(DI[0]), .B0(S[0]), .C0(1'b1), .D0(1'b1), .A1(DI[1]), .B1(S[1]), .C1(1'b1), .D1(1'b1));
  CCU2C #(.INIT0(16'hCCCA), .INIT1(16'hCCCA), .INJECT1_0("NO"), .INJECT1_1("NO")) high (
    .CIN(CO[1]), .COUT(CO[3]), .S0(O[2]), .S1(O[3]),
    .A0(DI[2]), .B0(S[2]), .C0(1'b1), .D0(1'b1), .A1(DI[3]), .B1(S[3]), .C1(1'b1), .D1(1'b1));
  assign CO[0] = S[0] ? c0 : DI[0];
  assign CO[2] = S[2] ? CO[1] : DI[2];
endmodule

module DSP48E1 (
  output [47:0] P, output [47:0] PCOUT, input CLK,
  input [29:0] A, input [17:0] B, input [47:0] C, input [24:0] D, input [47:0] PCIN,
  input [29:0] ACIN, input [17:0] BCIN, input CARRYCASCIN, input CARRYIN, input [2:0] CARRYINSEL,
  input MULTSIGNIN, input [4:0] INMODE, input [6:0] OPMODE, input [3:0] ALUMODE,
  input CEA1, input CEA2, input CEAD, input CEALUMODE, input CEB1, input CEB2, input CEC,
  input CECARRYIN, input CECTRL, input CED, input CEINMODE, input CEM, input CEP,
  input RSTA, input RSTALLCARRYIN, input RSTALUMODE, input RSTB, input RSTC, input RSTCTRL,
  input RSTD, input RSTINMODE, input RSTM, input RSTP
);
  parameter ACASCREG = 1, ADREG = 1, ALUMODEREG = 1, AREG = 1, BCASCREG = 1, BREG = 1, CREG = 1,
            CARRYINREG = 1, CARRYINSELREG = 1, DREG = 1, INMODEREG = 1, MREG = 1, OPMODEREG = 1,
            PREG = 1;
  parameter A_INPUT = "DIRECT", B_INPUT = "DIRECT", USE_DPORT = "FALSE", USE_MULT = "MULTIPLY",
            USE_SIMD = "ONE48", USE_PATTERN_DETECT = "NO_PATDET", AUTORESET_PATDET = "NO_RESET",
            SEL_MASK = "MASK", SEL_PATTERN = "PATTERN";
  parameter [47:0] MASK = 48'h3FFFFFFFFFFF, PATTERN = 48'h0;

  wire [29:0] a;
  wire [17:0] b;
  wire [47:0] c;
  wire [24:0] d;
  wire [4:0] inmode;
  wire [6:0] opmode;
  wire [3:0] alumode;
  dsp48e1_stage #(.WIDTH(30), .DEPTH(AREG)) at_a (CLK, CEA2, RSTA, A, a);
  dsp48e1_stage #(.WIDTH(18), .DEPTH(BREG)) at_b (CLK, CEB2, RSTB, B, b);
  dsp48e1_stage #(.WIDTH(48), .DEPTH(CREG)) at_c (CLK, CEC, RSTC, C, c);
  dsp48e1_stage #(.WIDTH(25), .DEPTH(DREG)) at_d (CLK, CED, RSTD, D, d);
  dsp48e1_stage #(.WIDTH(5), .DEPTH(INMODEREG)) at_inmode (CLK, CEINMODE, RSTINMODE, INMODE,
                                                           inmode);
  dsp48e1_stage #(.WIDTH(7), .DEPTH(OPMODEREG)) at_opmode (CLK, CECTRL, RSTCTRL, OPMODE, opmode);
  dsp48e1_stage #(.WIDTH(4), .DEPTH(ALUMODEREG)) at_alumode (CLK, CEALUMODE, RSTALUMODE, ALUMODE,
                                                             alumode);

  // The pre-adder and the multiplier.
  wire [24:0] gated = inmode[2] ? d : 25'd0;
  wire [24:0] added, factor;
  wire [24:0] ad_next = inmode[3] ? gated - a[24:0] : gated + a[24:0];
  dsp48e1_stage #(.WIDTH(25), .DEPTH(ADREG)) at_ad (CLK, CEAD, RSTD, ad_next, added);
  assign factor = USE_DPORT == "FALSE" ? a[24:0] : added;
  wire signed [42:0] product = $signed(factor) * $signed(b);
  wire [42:0] m_next = USE_MULT == "NONE" ? 43'd0 : product;
  wire [42:0] m;
  dsp48e1_stage #(.WIDTH(43), .DEPTH(MREG)) at_m (CLK, CEM, RSTM, m_next, m);

  // The adder: of X and Y, which are both the product, only the sum matters.
  wire [47:0] x = opmode[1:0] == 2'b00 ? 48'd0 : opmode[1:0] == 2'b01 ? {{5{m[42]}}, m} :
                  opmode[1:0] == 2'b10 ? P : {a, b};
  wire [47:0] y = opmode[3:2] == 2'b11 ? c : 48'd0;
  wire [47:0] z = opmode[6:4] == 3'b001 ? PCIN : opmode[6:4] == 3'b010 ? P :
                  opmode[6:4] == 3'b011 ? c : 48'd0;
  wire [47:0] from = alumode[0] ? ~z : z;
  wire [47:0] sum;
  localparam LANE = USE_SIMD == "FOUR12" ? 12 : USE_SIMD == "TWO24" ? 24 : 48;
  genvar k;
  generate
    for (k = 0; k < 48; k = k + LANE) begin : lane
      assign sum[k +: LANE] = from[k +: LANE] + x[k +: LANE] + y[k +: LANE];
    end
  endgenerate
  wire [47:0] p_next = alumode[1] ? ~sum : sum;
  dsp48e1_stage #(.WIDTH(48), .DEPTH(PREG)) at_p (CLK, CEP, RSTP, p_next, P);
  assign PCOUT = P;
endmodule

// A register that is there or not.
module dsp48e1_stage (input clk, input en, input reset, input [WIDTH-1:0] i,
                      output [WIDTH-1:0] o);
  parameter WIDTH = 1, DEPTH = 1;
  generate
    if (DEPTH == 0) begin : none
      assign o = i;
    end else begin : one
      reg [WIDTH-1:0] value = 0;
      assign o = value;
      always @(posedge clk) if (reset) value <= 0; else if (en) value <= i;
    end
  endgenerate
endmodule
