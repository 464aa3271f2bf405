"""Small builds with a system, written by hand."""

import json
import re
from pathlib import Path

from boards import devices, toolchains
from boards.toolchains.package_ip import M_AXI, S_AXI

TOP = """\
module top(clk, rst, q);
  input clk;
  input rst;
  output [7:0] q;
  reg [7:0] q;
  wire [3:0] o, co;
  wire o5, o6;
  LUT6_2 #(.INIT(64'h6666666688888888)) pair (.O6(o6), .O5(o5), .I0(q[0]), .I1(q[1]), .I2(1'b0),
      .I3(1'b0), .I4(1'b0), .I5(1'b1));
  CARRY4 carry (.O(o), .CO(co), .CI(1'b0), .CYINIT(1'b0), .DI({3'b0, o5}), .S({3'b0, o6}));
  always @(posedge clk) if (rst) q <= 0; else q <= q + 1 + o[0] + co[0];
endmodule
"""

_ZYNQ = """\
module system(leds);
  output [3:0] leds;
  wire [3:0] fclk;
  wire [7:0] q;
  wire clk, fclk0;
  PS7 ps7 (.FCLKCLK(fclk), .IRQF2P({12'b0, q}));
  assign fclk0 = fclk[0];
  BUFG bufg (.I(fclk0), .O(clk));
  top core (.clk(clk), .rst(1'b0), .q(q));
  assign leds = q[3:0];
endmodule
"""

_ECP5 = """\
module system(clk_in, uart_rx, uart_tx, leds);
  input clk_in;
  input uart_rx;
  output uart_tx;
  output [7:0] leds;
  top core (.clk(clk_in), .rst(!uart_rx), .q(leds));
  assign uart_tx = uart_rx;
endmodule
"""

PAGE = "<!doctype html>\n<html><body>\n<h1>tiny</h1>\n</body></html>\n"


def accelerator() -> str:
    names = ["clk", "rst", "irq", *S_AXI, *M_AXI]
    lines = "\n".join(f"  input {name};" for name in names)
    return f"module accelerator({', '.join(names)});\n{lines}\nendmodule\n"


def build(folder: Path, board: str = "zynq7020", clock_mhz: float = 100.0) -> Path:
    """A build of a counter for a board, as a generator leaves it."""
    found = devices.find(board)
    texts = toolchains.files(found, clock_mhz, "tiny net-1")
    texts["top.v"] = TOP
    texts["system.v"] = _ECP5 if found.family == "ecp5" else _ZYNQ
    if found.family != "ecp5":
        texts["accelerator.v"] = accelerator()
    manifest = {"name": "tiny", "board": {"name": board, "part": found.part, "host": found.host},
                "system": {"file": "system.v", "top": "system",
                           "clock_mhz": clock_mhz}}  # fmt: skip
    texts["manifest.json"] = json.dumps(manifest)
    texts["report.json"] = json.dumps({"network": "tiny"})
    texts["report.html"] = PAGE
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


def ports(verilog: str, module: str) -> set[str]:
    """The ports of a module, as a Verilog that yosys wrote declares them."""
    body = re.search(rf"^module {module}\((.*?)\);(.*?)^endmodule", verilog, re.DOTALL | re.M)
    listed = set(re.findall(r"\w+", body[1]))
    declared = set(re.findall(r"^ *(?:input|output)\b *(?:wire|reg)? *(?:\[[^]]*\])? *(\w+)",
                              body[2], re.M))  # fmt: skip
    assert listed == declared
    return listed
