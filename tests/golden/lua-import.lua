  rung.importer{extension = "edges", call = function(text, name)
    local items = {}
    for from, to in text:gmatch("(%S+) (%S+)") do items[#items + 1] = from .. " -> " .. to end
    return table.concat(items, "\n")
  end}
  rung.importer{extension = "none", call = function(text, name) return 3 end}
  rung.query{name = "hubs", params = {{"least", "number", default = 2}}, returns = "variables",
    doc = "The variables with so many children.", call = function(graph, least)
      local t = {}
      for _, v in ipairs(graph.vertices) do
        if #graph:children(v) >= least then t[#t + 1] = v end
      end
      return t
    end}
  rung.query{name = "strange", returns = "variables", call = function() return {"nothing"} end}
  rung.query{name = "apart", params = {{"a", "variable"}, {"b", "variable"}},
    returns = "boolean", call = function(graph, a, b) return graph:separated(a, b) end}
