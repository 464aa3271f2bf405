"""A build made by hand that multiplies its input with what it reads from external memory."""

import hashlib
import json
from pathlib import Path

import numpy as np

WEIGHTS = np.array([[7], [250]])

VERILOG = """
module top(clk, rst, s_axis_tdata, s_axis_tvalid, s_axis_tready, s_axis_tlast,
           m_axis_tdata, m_axis_tvalid, m_axis_tready, m_axis_tlast,
           m_axi_arid, m_axi_araddr, m_axi_arlen, m_axi_arsize, m_axi_arburst, m_axi_arvalid,
           m_axi_arready, m_axi_rid, m_axi_rdata, m_axi_rresp, m_axi_rlast, m_axi_rvalid,
           m_axi_rready);
  input clk, rst, s_axis_tvalid, s_axis_tlast, m_axis_tready;
  input [7:0] s_axis_tdata;
  output s_axis_tready;
  output reg m_axis_tvalid, m_axis_tlast;
  output reg [15:0] m_axis_tdata;
  output m_axi_arid, m_axi_rready;
  output reg m_axi_arvalid;
  output [31:0] m_axi_araddr;
  output [7:0] m_axi_arlen;
  output [2:0] m_axi_arsize;
  output [1:0] m_axi_arburst;
  input m_axi_arready, m_axi_rid, m_axi_rlast, m_axi_rvalid;
  input [1:0] m_axi_rresp;
  input [63:0] m_axi_rdata;
  reg busy;
  reg [7:0] x;
  assign s_axis_tready = !busy;
  assign m_axi_arid = 0;
  assign m_axi_araddr = 8;
  assign m_axi_arlen = 1;
  assign m_axi_arsize = 3;
  assign m_axi_arburst = 1;
  assign m_axi_rready = !m_axis_tvalid || m_axis_tready;
  always @(posedge clk) begin
    if (m_axis_tvalid && m_axis_tready) begin
      m_axis_tvalid <= 0;
      if (m_axis_tlast) busy <= 0;
    end
    if (m_axi_arready) m_axi_arvalid <= 0;
    if (s_axis_tvalid && s_axis_tready) begin
      x <= s_axis_tdata;
      busy <= 1;
      m_axi_arvalid <= 1;
    end
    if (m_axi_rvalid && m_axi_rready) begin
      m_axis_tdata <= m_axi_rdata * x;
      m_axis_tlast <= m_axi_rlast;
      m_axis_tvalid <= 1;
    end
    if (rst) begin busy <= 0; m_axis_tvalid <= 0; m_axis_tlast <= 0; m_axi_arvalid <= 0; end
  end
endmodule
"""


def make(folder: Path, latency: int) -> Path:
    """Write the build into the folder; from an input's transfer the memory's latency and 3."""
    folder.mkdir(parents=True)
    (folder / "top.v").write_text(VERILOG)
    words = np.array([0, *WEIGHTS.ravel(), 0], "<u8")
    (folder / "memory.bin").write_bytes(words.tobytes())
    np.savez(folder / "weights.npz", fc0=WEIGHTS)
    layer = {"name": "fc0", "op": "dense", "inputs": ["input"],
             "weights": {"type": "uint8", "npz": "weights.npz", "key": "fc0"}}
    model = {"bitloom": 1, "name": "reader", "input": {"shape": [1], "type": "uint8"},
             "layers": [layer]}
    (folder / "model.json").write_text(json.dumps(model))
    seal(folder, latency)
    return folder


def seal(folder: Path, latency: int = 32, **changes) -> None:
    """Write the manifest for the files as they are."""
    files = ("top.v", "model.json", "weights.npz", "memory.bin")
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    document = {
        "bitloom": 1, "name": "reader", "top": "top", "clock_mhz": 100.0,
        "cycles_per_frame": 4 + latency, "latency_cycles": 3 + latency,
        "input": {"port": "s_axis", "type": "uint8", "shape": [1], "items": 1,
                  "element_bits": 8, "lanes": 1, "width": 8, "beats": 1},
        "output": {"port": "m_axis", "type": "uint16", "shape": [2], "items": 2,
                   "element_bits": 16, "lanes": 1, "width": 16, "beats": 2},
        "memory": {"port": "m_axi", "file": "memory.bin", "bytes": 32, "latency": latency},
        "files": digests, "digest": "",
    }
    (folder / "manifest.json").write_text(json.dumps(document | changes))
