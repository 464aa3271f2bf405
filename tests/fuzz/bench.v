// Streams frames through a network's top, phase after phase with a reset before each, and writes
// what comes out: a line for each frame's first input transfer and for each output transfer, with
// the cycles since the reset; and one for each rule of the streams that is broken.
//
// The numbers in braces are the job's; bench.py puts them there. A phase of kind 1 ends when all
// frames have left and nothing followed, one of kind 0 after some cycles, wherever frames then are.
// Everything is sampled right before a clock edge and driven right after it.

module {name}_bench(input clk, output reg done);
  reg [{i_width}-1:0] inputs [0:{i_total}-1];
  reg [31:0] kinds [0:{phases}-1];   // 1: whole frames
  reg [31:0] cycles [0:{phases}-1];  // after which it ends, or must have ended
  reg [31:0] stalls [0:{phases}-1];  // of 256: pauses, each cycle and on both sides
  reg [31:0] resets [0:{phases}-1];  // cycles of the reset before
  reg rst, i_valid, i_last, o_ready, held, held_last;
  reg [{i_width}-1:0] i_data;
  reg [{o_width}-1:0] held_data;
  wire i_ready, o_valid, o_last;
  wire [{o_width}-1:0] o_data;
  reg [31:0] random, seen;
  integer file, phase, wait_reset, cycle, sent, received, quiet;

  {top} dut(.clk(clk), .rst(rst), .s_axis_tdata(i_data), .s_axis_tvalid(i_valid),
    .s_axis_tready(i_ready), .s_axis_tlast(i_last), .m_axis_tdata(o_data),
    .m_axis_tvalid(o_valid), .m_axis_tready(o_ready), .m_axis_tlast(o_last){others});

  initial begin
    $readmemh("{name}.inputs", inputs);
    $readmemh("{name}.kinds", kinds);
    $readmemh("{name}.cycles", cycles);
    $readmemh("{name}.stalls", stalls);
    $readmemh("{name}.resets", resets);
    file = $fopen("{name}.out", "w");
    done = 0; phase = 0; cycle = 0; sent = 0; received = 0; quiet = 0; held = 0;
    rst = 1; i_valid = 0; i_last = 0; i_data = 0; o_ready = 0; random = {seed};
    wait_reset = -1;
  end

  // Whether a pause of this cycle begins: a step of xorshift32.
  task pause(output reg is);
    begin
      random = random ^ (random << 13);
      random = random ^ (random >> 17);
      random = random ^ (random << 5);
      is = random[15:8] < stalls[phase];
    end
  endtask

  // Put the next beat on the input, or none.
  reg paused;
  task offer;
    begin
      pause(paused);
      i_valid <= 0;
      if (sent < {i_total} && !paused) begin
        i_valid <= 1;
        i_data <= inputs[sent];
        i_last <= sent % {i_beats} == {i_beats} - 1;
      end
      pause(paused);
      o_ready <= !paused;
    end
  endtask

  task next;
    begin
      if (phase + 1 == {phases}) begin
        done <= 1;
        $fclose(file);
      end
      phase = phase + 1;
      wait_reset = -1;
      i_valid <= 0; o_ready <= 0; rst <= 1;
    end
  endtask

  always @(posedge clk) if (!done) begin
    if (wait_reset < 0) begin
      wait_reset = resets[phase];
      cycle = 0; sent = 0; received = 0; quiet = 0; held = 0;
      $fwrite(file, "phase %0d\n", phase);
    end
    if (wait_reset > 0) begin
      wait_reset = wait_reset - 1;
      if (wait_reset == 0) begin
        rst <= 0;
        offer;
      end
    end else begin
      cycle = cycle + 1;
      if (i_valid && i_ready === 1'b1) begin
        if (sent % {i_beats} == 0) $fwrite(file, "i %0d\n", cycle);
        sent = sent + 1;
      end
      if (o_valid === 1'b1) begin
        if (held && (o_data !== held_data || o_last !== held_last))
          $fwrite(file, "fault unstable at %0d\n", cycle);
        held = !o_ready; held_data = o_data; held_last = o_last;
        if (o_ready) begin
          $fwrite(file, "o %0d %b %h\n", cycle, o_last, o_data);
          received = received + 1;
        end
      end else begin
        if (o_valid !== 1'b0) $fwrite(file, "fault valid is unknown at %0d\n", cycle);
        if (held) $fwrite(file, "fault valid drops at %0d\n", cycle);
        held = 0;
      end
      if (received >= {o_total}) quiet = quiet + 1;
      if (kinds[phase] == 1 && quiet > {quiet} || cycle >= cycles[phase]) begin
        if (kinds[phase] == 1 && received < {o_total})
          $fwrite(file, "fault late: %0d of {o_total} beats\n", received);
        next;
      end else if (i_valid && i_ready !== 1'b1) begin
        pause(paused);
        o_ready <= !paused;
      end else
        offer;
    end
  end
endmodule
