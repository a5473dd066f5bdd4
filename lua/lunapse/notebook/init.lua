--- `lunapse --kernel`: Lunapse in Jupyter notebooks. The program divides in two processes: the *relay* holds the sockets and speaks the protocol of Jupyter
--- (`relay`, `message`), and its child, the *worker*, runs the cells (`worker`), shows values (`display`) and explains names (`inspect`). So there is always
--- somebody to answer, to interrupt, and to tell how a cell has ended that took its process with it.
local host = require "lunapse.core.host"

local notebook = {}

local USAGE = "lunapse --kernel install [PREFIX]  makes it known to Jupyter: for you, or for all who use the Jupyter of PREFIX (such as /usr/local)\n" ..
  "lunapse --kernel FILE              serves a notebook; Jupyter writes the file and calls this"

local function serve(path)
  local core = require "lunapse.core.notebook"
  local file, why = io.open(path)
  if not file then error("cannot read the connection file: " .. why, 0) end
  local connection = core.decode(file:read "a")
  file:close()
  local channel, out, err, pid = core.split()
  if out then
    require("lunapse.notebook.relay").run(connection, channel, out, err, pid)
  else
    require("lunapse.notebook.worker").run(channel)
  end
end

local function run(what, ...)
  if not what then error(USAGE, 0) end
  if not package.preload["lunapse.core.notebook"] then
    error(("this lunapse was built without what notebooks need: install %s and build it anew"):format(host.missing), 0)
  end
  if what == "install" then return require("lunapse.notebook.install")(...) end
  serve(what)
end

--- What the option --kernel does. What it refuses is told in a line, as other options are: there is no script that did it.
---@param what? string  "install" or a connection file
---@param ... string
function notebook.run(what, ...)
  local is_fine, why = pcall(run, what, ...)
  if is_fine then return end
  io.stderr:write("lunapse: ", tostring(why), "\n")
  os.exit(1)
end

return notebook
