// A techmap for nextpnr-xilinx: a LUT6_2 as the two LUTs that share its place. Releases of before
// August 2026 know only LUTs of one output and cannot route O5.
module LUT6_2 (output O6, output O5, input I0, input I1, input I2, input I3, input I4, input I5);
    parameter [63:0] INIT = 64'h0000000000000000;
    parameter _TECHMAP_CONSTMSK_I5_ = 0;
    parameter _TECHMAP_CONSTVAL_I5_ = 0;

    LUT5 #(.INIT(INIT[31:0])) lower (.O(O5), .I0(I0), .I1(I1), .I2(I2), .I3(I3), .I4(I4));
    generate
        // As all those of compressors: then both have the same five inputs and fit one LUT.
        if (_TECHMAP_CONSTMSK_I5_ == 1) begin
            localparam [31:0] HALF = _TECHMAP_CONSTVAL_I5_ == 1 ? INIT[63:32] : INIT[31:0];
            LUT5 #(.INIT(HALF)) upper (.O(O6), .I0(I0), .I1(I1), .I2(I2), .I3(I3), .I4(I4));
        end else begin
            LUT6 #(.INIT(INIT)) upper
                (.O(O6), .I0(I0), .I1(I1), .I2(I2), .I3(I3), .I4(I4), .I5(I5));
        end
    endgenerate
endmodule
