"""A build made by hand whose system.v copies a burst of memory, and can be told to break rules."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from tests.sim import tiny

BEATS = 16

VERILOG = """
module system;
  wire [3:0] fclk, fresetn;
  wire clk, rst = !fresetn[0];
  BUFG bufg (.I(fclk[0]), .O(clk));
  // M_AXI_GP0: 16 registers, one transaction at a time.
  wire [31:0] araddr, awaddr, wdata;
  wire [11:0] arid, awid;
  wire [3:0] arlen, awlen;
  wire arvalid, awvalid, wvalid, wlast, rready, bready;
  reg [31:0] regs [0:15];
  reg [3:0] place, left;
  reg [11:0] id;
  reg [1:0] state;  // 0 idle, 1 read, 2 write, 3 response
  wire idle = state == 0;
  // S_AXI_HP0: register 2 starts, of 3 its faults; 4 from, 5 to.
  reg [2:0] step;  // 0 idle, 1 AR, 2 R, 3 AW, 4 W, 5 B
  reg [63:0] words [0:15];
  reg [3:0] beat;
  reg busy, error;
  reg [1:0] status;  // stands while it is read
  wire [63:0] hp_rdata;
  wire [1:0] hp_rresp, hp_bresp;
  wire hp_arready, hp_awready, hp_wready, hp_rvalid, hp_bvalid;
  wire [31:0] odd = regs[3];
  PS7 ps7 (
    .FCLKCLK(fclk), .FCLKRESETN(fresetn), .IRQF2P({19'b0, !busy}), .MAXIGP0ACLK(clk),
    .MAXIGP0ARADDR(araddr), .MAXIGP0ARID(arid), .MAXIGP0ARLEN(arlen), .MAXIGP0ARVALID(arvalid),
    .MAXIGP0ARREADY(idle), .MAXIGP0RDATA(place == 1 ? {30'b0, status} : regs[place]),
    .MAXIGP0RID(id), .MAXIGP0RRESP({place == 15, 1'b0}), .MAXIGP0RLAST(left == 0),
    .MAXIGP0RVALID(state == 1), .MAXIGP0RREADY(rready),
    .MAXIGP0AWADDR(awaddr), .MAXIGP0AWID(awid), .MAXIGP0AWLEN(awlen), .MAXIGP0AWVALID(awvalid),
    .MAXIGP0AWREADY(idle && !arvalid), .MAXIGP0WDATA(wdata), .MAXIGP0WVALID(wvalid),
    .MAXIGP0WLAST(wlast), .MAXIGP0WREADY(state == 2), .MAXIGP0BID(id), .MAXIGP0BRESP(2'b0),
    .MAXIGP0BVALID(state == 3), .MAXIGP0BREADY(bready),
    .SAXIHP0ACLK(clk), .SAXIHP0ARADDR(regs[4]), .SAXIHP0ARID(6'b0), .SAXIHP0ARLEN(4'd15),
    .SAXIHP0ARSIZE(2'd3), .SAXIHP0ARBURST({odd[7], !odd[7]}), .SAXIHP0ARCACHE(4'b0011),
    .SAXIHP0ARVALID(step == 1), .SAXIHP0ARREADY(hp_arready), .SAXIHP0RDATA(hp_rdata),
    .SAXIHP0RRESP(hp_rresp), .SAXIHP0RVALID(hp_rvalid), .SAXIHP0RREADY(step == 2),
    .SAXIHP0AWADDR(regs[5]), .SAXIHP0AWID(6'b0), .SAXIHP0AWLEN(4'd15), .SAXIHP0AWSIZE(2'd3),
    .SAXIHP0AWBURST(2'b1), .SAXIHP0AWCACHE(4'b0011), .SAXIHP0AWVALID(step == 3),
    .SAXIHP0AWREADY(hp_awready), .SAXIHP0WDATA(words[beat]), .SAXIHP0WID({5'b0, odd[0]}),
    .SAXIHP0WLAST(beat == 15 - odd[1]), .SAXIHP0WSTRB(8'hff), .SAXIHP0WVALID(step == 4),
    .SAXIHP0WREADY(hp_wready), .SAXIHP0BRESP(hp_bresp), .SAXIHP0BVALID(hp_bvalid),
    .SAXIHP0BREADY(step == 5));
  always @(posedge clk) begin
    case (state)
      0: if (arvalid) begin
        state <= 1; place <= araddr[5:2]; left <= arlen; id <= arid;
      end else if (awvalid) begin
        state <= 2; place <= awaddr[5:2]; id <= awid;
      end
      1: if (rready) begin place <= place + 1; left <= left - 1; if (left == 0) state <= 0; end
      2: if (wvalid) begin regs[place] <= wdata; place <= place + 1; if (wlast) state <= 3; end
      3: if (bready) state <= 0;
    endcase
    if (state != 1) status <= {error, busy};
    case (step)
      0: if (state == 2 && wvalid && place == 2) begin step <= 1; busy <= 1; error <= 0; end
      1: if (hp_arready) begin step <= 2; beat <= 0; end
      2: if (hp_rvalid) begin
        words[beat] <= hp_rdata; beat <= beat + 1; error <= error || hp_rresp != 0;
        if (beat == 15) step <= 3;
      end
      3: if (hp_awready) step <= 4;
      4: if (hp_wready) begin
        beat <= beat + 1;
        if (beat == 15) step <= 5;
      end
      5: if (hp_bvalid) begin step <= 0; busy <= 0; error <= error || hp_bresp != 0; end
    endcase
    if (rst) begin state <= 0; step <= 0; busy <= 0; error <= 0; beat <= 0; regs[3] <= 0; end
  end
endmodule
"""


def make(folder: Path) -> Path:
    """Write the build into the folder."""
    tiny.make(folder)
    (folder / "system.v").write_text(VERILOG)
    document = json.loads((folder / "manifest.json").read_text())
    document["files"]["system.v"] = hashlib.sha256(VERILOG.encode()).hexdigest()
    document["board"] = {"name": "zynq7020", "part": "xc7z020clg400-1", "host": "zynq"}
    document["system"] = {"file": "system.v", "top": "system", "clock_mhz": 100.0,
                          "base": 0x40000000, "data_bytes": 8, "memory_bytes": None,
                          "registers": [], "parameters": []}
    (folder / "manifest.json").write_text(json.dumps(document))
    return folder


# Programs of a host.

START = 40  # of a page, from a buffer's address


def copy(host, count=1, faults=0, start=START, fail=()):
    """Copy count buffers of 128 bytes; gives whether all came over and what STATUS said."""
    transport, seen = host.transport, []
    host.limit(20_000)
    for kind, burst, code in fail:
        host.port.memory.fail(kind, burst, code)
    for number in range(count):
        source, sink = (transport.allocate(START + 8 * BEATS) for _ in range(2))
        data = bytes((7 * k + number) % 256 for k in range(8 * BEATS))
        source.write(START, data)
        transport.write32(0x0C, faults)
        transport.write32(0x10, source.address + start)
        transport.write32(0x14, sink.address + START)
        transport.write32(0x08, 1)
        began = transport.time()
        while transport.read32(0x04) & 1:
            transport.wait(1e-6)
        seen.append([sink.read(START, 8 * BEATS) == data, transport.read32(0x04),
                     round((transport.time() - began) * host.clock_hz)])
    return seen


def various(host):
    """Registers in bursts, a bus error, a reset while a copy is under way, answers with errors."""
    host.port.write_blocking(0x18, bytes(range(36)))
    seen = [list(host.port.read_blocking(0x18, 36))]
    try:
        host.transport.read32(0x3C)
    except Exception as error:
        seen.append([type(error).__name__, str(error)])
    source, sink = (host.transport.allocate(START + 8 * BEATS) for _ in range(2))
    host.transport.write32(0x10, source.address + START)
    host.transport.write32(0x14, sink.address + START)
    host.transport.write32(0x08, 1)
    host.cycles(12)
    host.reset()
    seen.append([status for _, status, _ in copy(host)])
    for kind, code in (("read", "slverr"), ("write", "decerr")):
        seen.append([status for _, status, _ in copy(host, count=2, fail=[(kind, 1, code)])])
    return seen


def endless(host):
    """Never end."""
    host.limit(1000)
    while True:
        with suppress(Exception):
            host.transport.wait(1e-6)


def wrong(host):
    """Fail."""
    host.transport.allocate(8).write(1, bytes(8))
