// The block RAM of the ECP5 as FPGA-TN-02204 ("ECP5 and ECP5-5G Memory User Guide") has it, for the
// simulation of netlists: yosys has no model of its own. 1024 words of 18 bits; a port sees them as
// words of 1, 2, 4, 9 or 18 bits, or one port writes and the other reads 36. Words of 1, 2 and 4
// bits leave out each ninth bit. ADx[1:0], of 36 bits ADx[3:0], are byte enables of a write.
// The output registers, chip selects and inverted clocks are not modelled.
module DP16KD (
  input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4,
        DIA3, DIA2, DIA1, DIA0,
  input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
  input CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
  output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4,
         DOA3, DOA2, DOA1, DOA0,
  input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4,
        DIB3, DIB2, DIB1, DIB0,
  input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
  input CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
  output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4,
         DOB3, DOB2, DOB1, DOB0
);
  parameter integer DATA_WIDTH_A = 18;
  parameter integer DATA_WIDTH_B = 18;
  parameter REGMODE_A = "NOREG";
  parameter REGMODE_B = "NOREG";
  parameter RESETMODE = "SYNC";
  parameter ASYNC_RESET_RELEASE = "SYNC";
  parameter CSDECODE_A = "0b000";
  parameter CSDECODE_B = "0b000";
  parameter WRITEMODE_A = "NORMAL";
  parameter WRITEMODE_B = "NORMAL";
  parameter CLKAMUX = "CLKA";
  parameter CLKBMUX = "CLKB";
  parameter GSR = "AUTO";
  parameter [319:0]
    INITVAL_00 = 0, INITVAL_01 = 0, INITVAL_02 = 0, INITVAL_03 = 0, INITVAL_04 = 0, INITVAL_05 = 0,
    INITVAL_06 = 0, INITVAL_07 = 0, INITVAL_08 = 0, INITVAL_09 = 0, INITVAL_0A = 0, INITVAL_0B = 0,
    INITVAL_0C = 0, INITVAL_0D = 0, INITVAL_0E = 0, INITVAL_0F = 0, INITVAL_10 = 0, INITVAL_11 = 0,
    INITVAL_12 = 0, INITVAL_13 = 0, INITVAL_14 = 0, INITVAL_15 = 0, INITVAL_16 = 0, INITVAL_17 = 0,
    INITVAL_18 = 0, INITVAL_19 = 0, INITVAL_1A = 0, INITVAL_1B = 0, INITVAL_1C = 0, INITVAL_1D = 0,
    INITVAL_1E = 0, INITVAL_1F = 0, INITVAL_20 = 0, INITVAL_21 = 0, INITVAL_22 = 0, INITVAL_23 = 0,
    INITVAL_24 = 0, INITVAL_25 = 0, INITVAL_26 = 0, INITVAL_27 = 0, INITVAL_28 = 0, INITVAL_29 = 0,
    INITVAL_2A = 0, INITVAL_2B = 0, INITVAL_2C = 0, INITVAL_2D = 0, INITVAL_2E = 0, INITVAL_2F = 0,
    INITVAL_30 = 0, INITVAL_31 = 0, INITVAL_32 = 0, INITVAL_33 = 0, INITVAL_34 = 0, INITVAL_35 = 0,
    INITVAL_36 = 0, INITVAL_37 = 0, INITVAL_38 = 0, INITVAL_39 = 0, INITVAL_3A = 0, INITVAL_3B = 0,
    INITVAL_3C = 0, INITVAL_3D = 0, INITVAL_3E = 0, INITVAL_3F = 0;
  // Of an INITVAL 20 bits belong to a word.
  localparam [20479:0] CONTENTS = {
    INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38,
    INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
    INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
    INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20,
    INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
    INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
    INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
    INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00};
  reg [17:0] words [0:1023];
  integer n;
  initial for (n = 0; n < 1024; n = n + 1) words[n] = CONTENTS[20 * n +: 18];

  wire [17:0] dia = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6,
                     DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
  wire [17:0] dib = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6,
                     DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
  wire [13:0] ada = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2,
                     ADA1, ADA0};
  wire [13:0] adb = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2,
                     ADB1, ADB0};
  reg [17:0] doa = 0, dob = 0;
  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
          DOA4, DOA3, DOA2, DOA1, DOA0} = doa;
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
          DOB4, DOB3, DOB2, DOB1, DOB0} = dob;

  // The bits that a port writes, of the word at its address, and where they come from.
  function [17:0] mask (input integer width, input [13:0] address);
    case (width)
      18: mask = {{9{address[1]}}, {9{address[0]}}};
      9: mask = 18'h1FF << (address[3] ? 9 : 0);
      4: mask = 18'hF << ((address[3] ? 9 : 0) + 4 * address[2]);
      2: mask = 18'h3 << ((address[3] ? 9 : 0) + 2 * address[2:1]);
      default: mask = 18'h1 << ((address[3] ? 9 : 0) + address[2:0]);
    endcase
  endfunction
  function [17:0] spread (input integer width, input [13:0] address, input [17:0] value);
    case (width)
      18: spread = value;
      9: spread = {2{value[8:0]}};
      4: spread = {1'b0, {2{value[3:0]}}, 1'b0, {2{value[3:0]}}};
      2: spread = {1'b0, {4{value[1:0]}}, 1'b0, {4{value[1:0]}}};
      default: spread = {18{value[0]}};
    endcase
  endfunction
  function [17:0] gather (input integer width, input [13:0] address, input [17:0] word);
    reg [8:0] half;
    begin
      half = address[3] ? word[17:9] : word[8:0];
      case (width)
        18: gather = word;
        9: gather = {9'd0, half};
        4: gather = {14'd0, half[4 * address[2] +: 4]};
        2: gather = {16'd0, half[2 * address[2:1] +: 2]};
        default: gather = {17'd0, half[address[2:0]]};
      endcase
    end
  endfunction

  // What each port's word is after this port's write.
  wire [17:0] mask_a = mask(DATA_WIDTH_A, ada), mask_b = mask(DATA_WIDTH_B, adb);
  wire [17:0] old_a = words[ada[13:4]], old_b = words[adb[13:4]];
  wire [17:0] new_a = (old_a & ~mask_a) | (spread(DATA_WIDTH_A, ada, dia) & mask_a);
  wire [17:0] new_b = (old_b & ~mask_b) | (spread(DATA_WIDTH_B, adb, dib) & mask_b);
  wire [35:0] wide = {{9{ada[3]}}, {9{ada[2]}}, {9{ada[1]}}, {9{ada[0]}}};
  wire [9:0] even_a = {ada[13:5], 1'b0}, odd_a = {ada[13:5], 1'b1};
  wire [9:0] even_b = {adb[13:5], 1'b0}, odd_b = {adb[13:5], 1'b1};

  generate
    if (DATA_WIDTH_A == 36) begin : wide_write
      always @(posedge CLKA) if (CEA & WEA) begin
        words[even_a] <= (words[even_a] & ~wide[17:0]) | (dia & wide[17:0]);
        words[odd_a] <= (words[odd_a] & ~wide[35:18]) | (dib & wide[35:18]);
      end
      always @(posedge CLKB) begin
        if (CEB) begin
          doa <= words[even_b];
          dob <= DATA_WIDTH_B == 36 ? words[odd_b] : gather(DATA_WIDTH_B, adb, old_b);
        end
        if (RSTB) begin
          doa <= 18'd0;
          dob <= 18'd0;
        end
      end
    end else begin : two_ports
      always @(posedge CLKA) begin
        if (CEA & WEA) words[ada[13:4]] <= new_a;
        if (CEA & (~WEA | WRITEMODE_A != "NORMAL"))
          doa <= gather(DATA_WIDTH_A, ada, WEA & WRITEMODE_A == "WRITETHROUGH" ? new_a : old_a);
        if (RSTA) doa <= 18'd0;
      end
      always @(posedge CLKB) begin
        if (CEB & WEB) words[adb[13:4]] <= new_b;
        if (CEB & (~WEB | WRITEMODE_B != "NORMAL"))
          dob <= gather(DATA_WIDTH_B, adb, WEB & WRITEMODE_B == "WRITETHROUGH" ? new_b : old_b);
        if (RSTB) dob <= 18'd0;
      end
    end
  endgenerate
endmodule
