-- Writes graphs in the language of Mermaid, which many editors draw.
rung.exporter{
  format = "mermaid",
  doc = "Graphs for Mermaid.",
  call = function(model)
    local out = {"graph LR"}
    for _, e in ipairs(model.edges) do
      out[#out + 1] = ("  %s %s %s"):format(e.from, e.both and "<-.->" or "-->", e.to)
    end
    return table.concat(out, "\n") .. "\n"
  end,
}
