# The examples of a file of the standard library as one program: the lines of its comments that are
# indented by three spaces, `#   E  #=> value`.
/^#   / { print substr($0, 5) }
