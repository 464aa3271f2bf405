"""A core that gives back what it gets, and the shell for it."""

from hdl.bus.shell import Shell

CONFIG = Shell.Config(digest="0123456789abcdef" * 4, i_width=8, i_frame_bytes=4, i_beats=4,
                      o_width=8, o_frame_bytes=4, o_beats=4, batch=1,
                      parameters=False)  # fmt: skip

CORE = """
module top(input clk, input rst, input [7:0] s_axis_tdata, input s_axis_tvalid, input s_axis_tlast,
  output s_axis_tready, output reg [7:0] m_axis_tdata, output reg m_axis_tvalid,
  output reg m_axis_tlast, input m_axis_tready);
  assign s_axis_tready = ~m_axis_tvalid | m_axis_tready;
  always @(posedge clk) begin
    if (s_axis_tready) {m_axis_tdata, m_axis_tvalid, m_axis_tlast} <=
      {s_axis_tdata, s_axis_tvalid, s_axis_tlast};
    if (rst) m_axis_tvalid <= 0;
  end
endmodule
"""
