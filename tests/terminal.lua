--- A terminal for specs (tmux): the program is opened in it, keys are typed, what it shows is waited for.
local terminal = {}

local HOST = os.getenv "HOST" or "build/lunapse"
local ROOT = io.popen("pwd"):read "l"
local PROGRAM = HOST:find "^/" and HOST or ROOT .. "/" .. HOST
local PATIENCE = 10   -- seconds until something that should appear is called missing

--- A fresh one for every test: home, library, and the terminal's socket.
terminal.folder = nil

local n_terminals = 0 -- each has a socket of its own: a server that is about to end still sits on the old one

local function quote(text) return "'" .. text:gsub("'", [['\'']]) .. "'" end

function terminal.run(command)
  local pipe = io.popen(command .. " 2>&1")
  local out = pipe:read "a"
  pipe:close()
  return out
end

function terminal.write(name, text)
  local file = assert(io.open(terminal.folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

function terminal.read(name)
  local file = io.open(terminal.folder .. "/" .. name)
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

local function tmux(arguments) return terminal.run("tmux -u -f /dev/null -S " .. terminal.folder .. "/socket" .. n_terminals .. " " .. arguments) end

--- What the terminal shows, without what is empty below.
function terminal.screen(with_colour)
  return (tmux("capture-pane -p" .. (with_colour and " -e" or "")):gsub("%s+$", ""))
end

--- Wait until the screen ends with `text`, or has it anywhere.
function terminal.await(text, is_anywhere)
  local give_up = os.time() + PATIENCE
  local shown
  repeat
    shown = terminal.screen()
    if is_anywhere and shown:find(text, 1, true) or shown:sub(-#text) == text then return shown end
    terminal.run "sleep 0.02"
  until os.time() > give_up
  error(("waited for %q, the screen has:\n%s"):format(text, shown), 2)
end

--- Open the program in a terminal and wait for its prompt.
function terminal.open(arguments, environment, columns)
  local command = ("trap : INT QUIT; env HOME=%s XDG_STATE_HOME=%s/state LC_ALL=C.UTF-8 %s %s %s; echo ended with $?; cat")
    :format(terminal.folder, terminal.folder, environment or "NO_COLOR=1", PROGRAM, arguments or "")
  tmux("kill-server")
  n_terminals = n_terminals + 1
  tmux(("new-session -d -x %d -y 30 -c "):format(columns or 120) .. terminal.folder .. " " .. quote(command))
  terminal.await "\n>"
end

function terminal.keys(names) tmux("send-keys " .. names) end
function terminal.text(what) tmux("send-keys -l -- " .. quote(what)) end

--- Type a line and wait until the prompt is back; returns what it printed.
function terminal.enter(line)
  terminal.text(line)
  terminal.await("> " .. line)
  terminal.keys "Enter"
  local shown = terminal.await "\n>"
  local at = 1
  while true do   -- the last line that was typed
    local found = shown:find("> " .. line, at, true)
    if not found then break end
    at = found + 1
  end
  return (shown:sub(at + #line + 2, -3):gsub("%s+$", ""))
end

function terminal.begin() terminal.folder = terminal.run("mktemp -d"):gsub("%s", "") end

function terminal.finish()
  tmux "kill-server"
  os.execute("rm -rf " .. terminal.folder)
end

terminal.tmux, terminal.ROOT, terminal.PROGRAM = tmux, ROOT, PROGRAM

return terminal
