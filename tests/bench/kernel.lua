--- How long a kernel of Jupyter takes until it answers. One line:
---   bench kernel ready=X answer=X
--- `ready`: seconds from the start of the program to its first answer; `answer`: from a cell "2+2" to its reply. Medians. A client that looks now and then (jupyter_client's wait_for_ready
--- waits 0.2 s for quiet, and ZeroMQ tries to connect every 0.1 s) sees it later.
--- Run: lunapse tests/bench/kernel.lua [n=10]
local lp = require "lunapse"
local host = require "lunapse.core.host"
local a = lp.arguments { n = 10 }

if not os.execute "/usr/bin/python3 -c 'import zmq' 2>/dev/null" then
  print "bench kernel: Python's zmq is not here (Debian's package python3-zmq)"
  return
end
local pipe <close> = io.popen(("/usr/bin/python3 '%s/kernel.py' '%s' %d"):format(arg[0]:match "^(.*)/[^/]*$" or ".", host.program, a.n))
print("bench kernel " .. pipe:read "l")
