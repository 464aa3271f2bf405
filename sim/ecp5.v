// An ECP5's phase-locked loop, and the bench around a system that is reached over a serial line.
//
// The bench's clock is the system's own: the loop hands it on, so that it may be thought of as
// multiplied, and is locked some cycles after its reset or after locked has been low.
//
// For simulation only. The PLL sees the bench by name, as its instance stands anywhere.

module EHXPLLL (
  input CLKI, CLKFB, PHASESEL1, PHASESEL0, PHASEDIR, PHASESTEP, PHASELOADREG, STDBY, PLLWAKESYNC,
    RST, ENCLKOP, ENCLKOS, ENCLKOS2, ENCLKOS3,
  output CLKOP, CLKOS, CLKOS2, CLKOS3, LOCK, INTLOCK, REFCLK, CLKINTFB);
  parameter CLKI_DIV = 1, CLKFB_DIV = 1, CLKOP_DIV = 8, CLKOS_DIV = 8, CLKOS2_DIV = 8;
  parameter CLKOS3_DIV = 8, CLKOP_ENABLE = "ENABLED", CLKOS_ENABLE = "DISABLED";
  parameter CLKOS2_ENABLE = "DISABLED", CLKOS3_ENABLE = "DISABLED", CLKOP_CPHASE = 0;
  parameter CLKOS_CPHASE = 0, CLKOS2_CPHASE = 0, CLKOS3_CPHASE = 0, CLKOP_FPHASE = 0;
  parameter CLKOS_FPHASE = 0, CLKOS2_FPHASE = 0, CLKOS3_FPHASE = 0, FEEDBK_PATH = "CLKOP";
  parameter CLKOP_TRIM_POL = "RISING", CLKOP_TRIM_DELAY = 0, CLKOS_TRIM_POL = "RISING";
  parameter CLKOS_TRIM_DELAY = 0, OUTDIVIDER_MUXA = "DIVA", OUTDIVIDER_MUXB = "DIVB";
  parameter OUTDIVIDER_MUXC = "DIVC", OUTDIVIDER_MUXD = "DIVD", PLL_LOCK_MODE = 0;
  parameter PLL_LOCK_DELAY = 200, STDBY_ENABLE = "DISABLED", REFIN_RESET = "DISABLED";
  parameter SYNC_ENABLE = "DISABLED", INT_LOCK_STICKY = "ENABLED", DPHASE_SOURCE = "DISABLED";
  parameter PLLRST_ENA = "DISABLED", INTFB_WAKE = "DISABLED";
  reg [4:0] steady = 0;
  assign CLKOP = CLKI;
  assign LOCK = steady[4];
  always @(posedge CLKI)
    if (RST || !bench.locked) steady <= 0;
    else if (!LOCK) steady <= steady + 1;
endmodule

module bench (input clk, input locked, input uart_rx, output uart_tx);
  system dut (.clk_in(clk), .uart_rx(uart_rx), .uart_tx(uart_tx));
endmodule
