#!/usr/bin/env rung
-- The first line is for the system; lines keep their numbers.
print(select(2, pcall(error, "no line")))
print((select(2, pcall(function() error("here") end))))
