"""A build made by hand: 16 bipolar inputs, 4 sums, in plain Verilog that can be told to fail."""

import hashlib
import json
from pathlib import Path

import numpy as np

WEIGHTS = np.random.default_rng(1).choice([-1, 1], (4, 16))
CYCLES, LATENCY = 4, 3  # two beats in, then two beats out

# Inputs (bit k = item k) at which the circuit breaks one rule each.
FAULTS = {"sum": 1, "tlast": 2, "hang": 3, "unstable": 4, "extra": 5, "padding": 6, "drop": 7}

VERILOG = """
module top(clk, rst, s_axis_tdata, s_axis_tvalid, s_axis_tready, s_axis_tlast,
           m_axis_tdata, m_axis_tvalid, m_axis_tready, m_axis_tlast);
  input clk, rst, s_axis_tvalid, s_axis_tlast, m_axis_tready;
  input [7:0] s_axis_tdata;
  output s_axis_tready, m_axis_tvalid, m_axis_tlast;
  output [23:0] m_axis_tdata;
  reg half, full, toggle;
  reg [1:0] beat;
  reg [15:0] x;
  function [7:0] dot(input [15:0] match);
    integer k;
    begin
      dot = 8'hf0;
      for (k = 0; k < 16; k = k + 1) dot = dot + {6'b0, match[k], 1'b0};
    end
  endfunction
  wire [7:0] y0 = dot(~(x ^ WEIGHTS_0)), y1 = dot(~(x ^ WEIGHTS_1));
  wire [7:0] y2 = dot(~(x ^ WEIGHTS_2)), y3 = dot(~(x ^ WEIGHTS_3)) + (x == 1);
  assign s_axis_tready = !full;
  assign m_axis_tvalid = full && !(x == 3) && !(x == 7 && toggle);
  assign m_axis_tlast = beat == 1 && !(x == 2);
  assign m_axis_tdata = (beat == 0 ? {y2, y1, y0} : {15'b0, x == 6, y3}) ^ (x == 4 && toggle);
  always @(posedge clk) begin
    toggle <= !toggle;
    if (s_axis_tready && s_axis_tvalid) begin
      if (half) x[15:8] <= s_axis_tdata; else x[7:0] <= s_axis_tdata;
      half <= !half;
      full <= half;
    end
    if (m_axis_tvalid && m_axis_tready) begin
      beat <= beat + 1;
      if (beat == (x == 5 ? 2 : 1)) begin beat <= 0; full <= 0; end
    end
    if (rst) begin half <= 0; full <= 0; beat <= 0; toggle <= 0; x <= 0; end
  end
endmodule
"""


def make(folder: Path) -> Path:
    """Write the build into the folder."""
    folder.mkdir(parents=True)
    text = VERILOG
    for row, weights in enumerate(WEIGHTS):
        code = sum(1 << k for k, weight in enumerate(weights) if weight > 0)
        text = text.replace(f"WEIGHTS_{row}", f"16'd{code}")
    (folder / "top.v").write_text(text)
    np.savez(folder / "weights.npz", fc0=WEIGHTS.astype(np.int8))
    layer = {"name": "fc0", "op": "dense", "inputs": ["input"],
             "weights": {"type": "bipolar", "npz": "weights.npz", "key": "fc0"}}
    model = {"bitloom": 1, "name": "tiny", "input": {"shape": [4, 2, 2], "type": "bipolar"},
             "layers": [layer]}
    (folder / "model.json").write_text(json.dumps(model))
    seal(folder)
    return folder


def seal(folder: Path, **changes) -> None:
    """Write the manifest for the files as they are."""
    files = ("top.v", "model.json", "weights.npz")
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    document = {
        "bitloom": 1, "name": "tiny", "top": "top", "clock_mhz": 100.0,
        "cycles_per_frame": CYCLES, "latency_cycles": LATENCY,
        "input": {"port": "s_axis", "type": "bipolar", "shape": [4, 2, 2], "items": 16,
                  "element_bits": 1, "lanes": 8, "width": 8, "beats": 2},
        "output": {"port": "m_axis", "type": "int6", "shape": [4], "items": 4,
                   "element_bits": 8, "lanes": 3, "width": 24, "beats": 2},
        "files": digests, "digest": "",
    }
    (folder / "manifest.json").write_text(json.dumps(document | changes))


def frame(code: int) -> np.ndarray:
    """The input whose bits are the code's."""
    return np.array([1 if code >> k & 1 else -1 for k in range(16)])
