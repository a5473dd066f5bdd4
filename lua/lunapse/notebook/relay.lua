--- The process that Jupyter talks to. It answers at once what it can, hands the rest to the worker one after the other, and publishes what comes from there: packets,
--- and what was printed.
local core = require "lunapse.core.notebook"
local host = require "lunapse.core.host"
local message = require "lunapse.notebook.message"

local relay = {}

local GATHER = 0.02         -- seconds for which what is printed is gathered, so that many short lines are few messages
local MOST = 1 << 20        -- bytes of one message of what is printed
local PATIENCE = 2          -- seconds that the worker has to end by itself

---@class notebook.Relay
---@field current notebook.Message?  what the worker is at, and
---@field last notebook.Message?     what it was at before: what is printed belongs to it
local Relay = {}
Relay.__index = Relay

-- ---- publishing --------------------------------------------------------------------------------------------------

function Relay:publish(kind, content, parent, metadata)
  self.iopub:send(self.wire:parts({ kind }, kind, content, parent, metadata))
end

function Relay:answer(socket, request, content)
  socket:send(self.wire:parts(request.ids, request.type:gsub("_request$", "_reply"), content, request))
end

--- Bytes at the end that begin a character and do not end it.
local function unfinished(text)
  local lead = text:match "[\xC2-\xF4][\x80-\xBF]*$"
  local first = lead and #lead < 4 and lead:byte()
  local wanted = first and (first >= 0xF0 and 4 or first >= 0xE0 and 3 or 2)
  return wanted and #lead < wanted and #lead or 0
end

--- Publish what was printed and gathered.
function Relay:print_out(is_end)
  local p = self.printed
  if not p then return end
  local text = table.concat(p.parts)
  local n = is_end and 0 or unfinished(text)
  local rest = text:sub(#text - n + 1)
  self.printed = rest ~= "" and { name = p.name, parts = { rest }, n = #rest, since = host.seconds() } or nil
  text = text:sub(1, #text - n)
  if text ~= "" then self:publish("stream", { name = p.name, text = message.text(text) }, self.current or self.last) end
end

function Relay:gather(name, text)
  local p = self.printed
  if p and p.name ~= name then
    self:print_out(true)
    p = nil
  end
  p = p or { name = name, parts = {}, n = 0, since = host.seconds() }
  self.printed = p
  p.parts[#p.parts + 1] = text
  p.n = p.n + #text
  if p.n > MOST or host.seconds() - p.since > GATHER then self:print_out() end
end

--- Read all that is in the worker's pipes. Of the two only one holds something at a time.
function Relay:read_pipes()
  for name, fd in pairs(self.pipes) do
    local text = core.read(fd)
    while text and text ~= "" do
      self:gather(name, text)
      text = core.read(fd)
    end
    if not text then self.pipes[name] = nil end
  end
end

-- ---- requests ----------------------------------------------------------------------------------------------------

local at_once = {}

function at_once.kernel_info_request()
  return { status = "ok", protocol_version = message.VERSION, implementation = "lunapse", implementation_version = host.version,
    banner = ("Lunapse %s (%s)"):format(host.version, _VERSION), debugger = false,
    language_info = { name = "lua", version = _VERSION:match "[%d.]+", mimetype = "text/x-lua", file_extension = ".lua", pygments_lexer = "lua", codemirror_mode = "lua" },
    help_links = message.NONE }
end

function at_once.comm_info_request() return { status = "ok", comms = {} } end

function at_once.connect_request(self)
  local c = self.connection
  return { status = "ok", shell_port = c.shell_port, iopub_port = c.iopub_port, stdin_port = c.stdin_port, hb_port = c.hb_port, control_port = c.control_port }
end

--- Nobody here speaks by comms.
local function refuse_comm(self, request) self:publish("comm_close", { comm_id = request.content.comm_id or "", data = {} }, request) end

local for_worker = { execute_request = true, complete_request = true, inspect_request = true, is_complete_request = true, history_request = true }

--- Begin with the next request, where the worker has nothing to do.
function Relay:begin_next()
  while not self.current and self.queue[1] do
    local request = table.remove(self.queue, 1)
    self.current = request
    self:publish("status", { execution_state = "busy" }, request)
    if request.type == "execute_request" and not request.content.silent then
      if request.content.store_history ~= false then self.count = self.count + 1 end
      self:publish("execute_input", { code = request.content.code or "", execution_count = self.count }, request)
    end
    core.send(self.channel, string.pack("s4s4I4", request.type, request.text, self.count))
  end
end

function Relay:finish(content)
  local request = self.current
  self:print_out(true)
  self:answer(self.shell, request, content)
  self:publish("status", { execution_state = "idle" }, request)
  self.current, self.last = nil, request
end

--- Walk over the requests that have come; what is none is told.
function Relay:requests(socket)
  return function()
    local parts = socket:receive()
    while parts do
      local request, why = self.wire:read(parts)
      if request then return request end
      io.stderr:write("lunapse: the notebook sent ", why, "\n")
      parts = socket:receive()
    end
  end
end

function Relay:read_shell()
  for request in self:requests(self.shell) do
    if for_worker[request.type] then
      self.queue[#self.queue + 1] = request
    else
      self:publish("status", { execution_state = "busy" }, request)
      if at_once[request.type] then self:answer(self.shell, request, at_once[request.type](self)) end
      if request.type == "comm_open" then refuse_comm(self, request) end
      self:publish("status", { execution_state = "idle" }, request)
    end
  end
end

--- The cell has failed: what was sent before anybody could know it is not run.
function Relay:fail(content)
  local failed, rest = self.current, {}
  if failed.type == "execute_request" and failed.content.stop_on_error ~= false then
    self:read_shell()
    rest, self.queue = self.queue, {}
  end
  self:finish(content)
  for _, request in ipairs(rest) do
    if request.type == "execute_request" then
      self:publish("status", { execution_state = "busy" }, request)
      self:answer(self.shell, request, { status = "aborted" })
      self:publish("status", { execution_state = "idle" }, request)
    else
      self.queue[#self.queue + 1] = request
    end
  end
end

local controls = {}

function controls.interrupt_request(self)
  if self.current then core.signal(self.pid, "interrupt") end
  return { status = "ok" }
end

function controls.shutdown_request(self, request)
  local content = { status = "ok", restart = request.content.restart or false }
  self:end_worker()
  self:publish("shutdown_reply", content, request)
  self.is_over = true
  return content
end

function Relay:read_control()
  for request in self:requests(self.control) do
    local f = controls[request.type] or at_once[request.type]
    self:publish("status", { execution_state = "busy" }, request)
    if f then self:answer(self.control, request, f(self, request)) end
    self:publish("status", { execution_state = "idle" }, request)
  end
end

-- ---- the worker --------------------------------------------------------------------------------------------------

--- It is told to end, and made to where it does not.
function Relay:end_worker()
  core.send(self.channel, "")
  if self.current then core.signal(self.pid, "interrupt") end
  local give_up = host.seconds() + PATIENCE
  while not core.ended(self.pid) do
    if host.seconds() > give_up then core.signal(self.pid, "kill") end
    self:read_pipes()
    core.poll({}, 5)
  end
  self:read_pipes()
end

--- It is gone, with what it was at.
function Relay:report_death()
  local how
  repeat
    core.poll({}, 1)
    how = core.ended(self.pid)
  until how
  self:read_pipes()
  self.is_over = true
  if not self.current then return end
  if how == "ended with status 0" then       -- os.exit() in a cell
    return self:finish { status = "ok", execution_count = self.count, user_expressions = {}, payload = { { source = "ask_exit", keepkernel = false } } }
  end
  local evalue = "the process that ran this cell " .. how
  local problem = { status = "error", ename = "crash", evalue = evalue, traceback = { "\27[31m" .. evalue .. "\27[0m" }, execution_count = self.count }
  self.has_failed = true
  self:print_out(true)
  self:publish("error", problem, self.current)
  self:finish(problem)
end

--- What it asks for is asked of who runs the cell.
function Relay:ask_input()
  self:print_out(true)
  if self.current and self.current.content.allow_stdin then
    self.stdin:send(self.wire:parts(self.current.ids, "input_request", { prompt = "", password = false }, self.current))
  else
    core.send(self.channel, "")
  end
end

function Relay:read_input()
  for reply in self:requests(self.stdin) do
    if reply.type == "input_reply" then core.send(self.channel, tostring(reply.content.value or "") .. "\n") end
  end
end

function Relay:read_channel()
  local packet = core.receive(self.channel)
  if not packet then return self:report_death() end
  if packet == "input" then return self:ask_input() end
  local kind, text, metadata = string.unpack("s4s4s4", packet)
  if kind == "reply" then
    self:finish(text)
  elseif kind == "failed" then
    self:fail(text)
  else
    self:print_out(true)
    self:publish(kind, text, self.current or self.last, metadata ~= "" and core.decode(metadata) or nil)
  end
end

-- ---- the whole ---------------------------------------------------------------------------------------------------

local function address(connection, name)
  local is_ipc = connection.transport == "ipc"
  return ("%s://%s%s%d"):format(connection.transport or "tcp", connection.ip or "127.0.0.1", is_ipc and "-" or ":", connection[name .. "_port"])
end

--- Serve until Jupyter says that it is enough, or the worker is gone.
---@param connection table
---@param channel integer
---@param out integer
---@param err integer
---@param pid integer
function relay.run(connection, channel, out, err, pid)
  local self = setmetatable({ connection = connection, channel = channel, pid = pid, wire = message.wire(connection), pipes = { stdout = out, stderr = err },
    queue = {}, count = 0 }, Relay)
  local function bind(kind, name) return core.bind(kind, address(connection, name)) end
  local heartbeat = bind("rep", "hb")
  self.iopub, self.shell, self.control, self.stdin = bind("pub", "iopub"), bind("router", "shell"), bind("router", "control"), bind("router", "stdin")
  self:publish("status", { execution_state = "starting" })
  repeat
    local sources = { heartbeat, self.shell, self.control, self.stdin, channel, self.pipes.stdout, self.pipes.stderr }
    local ready = core.poll(sources, self.printed and math.ceil(1000 * GATHER) or -1)
    if ready[1] then heartbeat:send(heartbeat:receive() or { "" }) end
    self:read_pipes()                                      -- what was printed before a packet was sent
    if self.printed and host.seconds() - self.printed.since > GATHER then self:print_out() end
    if ready[3] then self:read_control() end
    if ready[4] then self:read_input() end
    if ready[5] and not self.is_over then self:read_channel() end
    if ready[2] then self:read_shell() end
    if not self.is_over then self:begin_next() end
  until self.is_over
  for _, socket in ipairs { heartbeat, self.shell, self.control, self.stdin, self.iopub } do socket:close() end
  os.exit(not self.has_failed)
end

return relay
