# What tests/notebook_spec.lua asks of Jupyter's own client: each scenario is a function; its line on stdout is "name: ok" or "name: what went wrong".
# usage: notebook.py HOST [scenario ...]
import os, subprocess, sys, tempfile, time, traceback

folder = tempfile.mkdtemp()
os.environ.update(JUPYTER_DATA_DIR=folder, JUPYTER_RUNTIME_DIR=folder, JUPYTER_PLATFORM_DIRS="0", IPYTHONDIR=folder, XDG_STATE_HOME=folder)

from jupyter_client.manager import KernelManager  # noqa: E402

HOST, PATIENCE = sys.argv[1], 60


class Kernel:
    """A kernel and one who talks to it."""

    def __init__(self, manager=None):
        self.manager = manager or KernelManager(kernel_name="lunapse")
        if not manager:
            self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.client.channels_running:
            self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def reply(self, sent):
        while True:
            message = self.client.get_shell_msg(timeout=PATIENCE)
            if message["parent_header"]["msg_id"] == sent:
                return message["content"]

    def published(self, sent):
        """Messages that belong to a request, up to its end: [(type, content)]."""
        found = []
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != sent:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return found
            if kind != "status":
                found.append((kind, content))

    def run(self, code, **more):
        """-> reply, what was shown."""
        sent = self.client.execute(code, **more)
        shown = self.published(sent)
        assert more.get("silent") or shown[0][0] == "execute_input", shown
        return self.reply(sent), [entry for entry in shown if entry[0] != "execute_input"]

    def value(self, code, form="text/plain"):
        reply, shown = self.run(code)
        assert reply["status"] == "ok", reply
        return shown[-1][1]["data"][form]

    def printed(self, shown):
        """Streams in their order, neighbours joined."""
        joined = []
        for kind, content in shown:
            if kind == "stream":
                if joined and joined[-1][0] == content["name"]:
                    joined[-1] = (content["name"], joined[-1][1] + content["text"])
                else:
                    joined.append((content["name"], content["text"]))
            else:
                joined.append((kind, ""))
        return joined

    def ask(self, name, *arguments):
        return self.reply(getattr(self.client, name)(*arguments))


def equal(found, wanted):
    assert found == wanted, "wanted %r, got %r" % (wanted, found)


def has(text, part):
    assert part in text, "%r is not in %r" % (part, text)


def execute():
    with Kernel() as k:
        equal(k.value("2+2"), "4")
        equal(k.value("x = 1\nlocal y = 2\n-- the sum\nx + y -- of both"), "3")
        equal(k.value("_ + 1"), "4")
        equal(k.run("x = 5")[1], [])
        equal(k.run("x;")[1], [])
        equal(k.value("x, 'a'"), "5\t\"a\"")
        reply, shown = k.run("for i = 1, 2 do\n  print(i)\nend")
        equal(k.printed(shown), [("stdout", "1\n2\n")])
        count = reply["execution_count"]
        equal(k.run("print 'not seen'\n7", silent=True)[1][-1][0], "stream")
        reply, shown = k.run("x", user_expressions={"twice": "2 * x", "bad": "nothing.at"})
        equal(reply["execution_count"], count + 1)
        equal(reply["user_expressions"]["twice"]["data"]["text/plain"], "10")
        equal(reply["user_expressions"]["bad"]["status"], "error")
        info = k.ask("kernel_info")
        assert info["protocol_version"] >= "5.3" and info["language_info"]["name"] == "lua", info


def order():
    with Kernel() as k:
        reply, shown = k.run("""
            io.write 'a' io.stderr:write 'b\\n' print 'c' os.execute 'echo d' warn '@on' warn 'careful'
            lp.figure { width = 1, height = 1 }:show() print 'e' io.stdout:write '\\xff\\0' io.stderr:write 'f' """)
        equal(k.printed(shown), [("stdout", "a"), ("stderr", "b\n"), ("stdout", "c\nd\n"), ("stderr", "Lua warning: careful\n"), ("display_data", ""),
                                 ("stdout", "e\n\ufffd\ufffd"), ("stderr", "f")])
        reply, shown = k.run("for i = 1, 300 do io.stdout:write(i, ' ') io.stderr:write(i, ' ') end")
        parts = [part for entry in k.printed(shown) for part in entry[1].split()]
        equal(parts, [str(i) for i in range(1, 301) for _ in range(2)])


def much():
    with Kernel() as k:
        reply, shown = k.run("for i = 1, 250000 do print(('%019d'):format(i)) end io.write(('\\u{e4}'):rep(2500000))")
        (name, text), = k.printed(shown)
        lines = text.split("\n")
        equal(len(text), 20 * 250000 + 2500000)
        equal([int(line) for line in lines[:-1]], list(range(1, 250001)))
        equal(lines[-1], "\u00e4" * 2500000)


def errors():
    with Kernel() as k:
        reply, shown = k.run("x =")
        has(reply["evalue"], "cell 1:1:")
        reply, shown = k.run("function f()\n  error 'no'\nend\nprint 'before'\nf()")
        equal([kind for kind, _ in shown], ["stream", "error"])
        equal(reply["evalue"], "cell 2:2: no")
        has("\n".join(reply["traceback"]), "in function 'f'")
        reply, shown = k.run("lp.neuron { equations = 'dv/dt = vrve', parameters = { vrev = 1 } }")
        has("\n".join(reply["traceback"]), "\x1b[33m            ^~~~  did you mean 'vrev'?")
        assert reply["traceback"][0].startswith("\x1b[31m"), reply["traceback"]
        k.run("local net = 1")
        has("\n".join(k.run("net.t")[0]["traceback"]), "'net' was a local and ended with its input")
        equal(k.value("1"), "1")
        first, rest = k.client.execute("os.execute 'sleep 0.5' error 'stop'"), [k.client.execute("print 'too late'"), k.client.execute("2")]
        equal(k.reply(first)["status"], "error")
        equal([k.reply(sent)["status"] for sent in rest], ["aborted", "aborted"])
        equal(k.value("3"), "3")


def rich():
    with Kernel() as k:
        _, shown = k.run("fig = lp.figure { width = 2, height = 1 }\nfig[1]:line { 1, 3, 2 }")
        content = shown[0][1]
        assert content["data"]["image/png"].startswith("iVBORw0KGgo"), content
        equal(content["metadata"]["image/png"], {"width": 144, "height": 72})
        _, shown = k.run("fig:show { format = 'svg' }\n1")
        has(shown[0][1]["data"]["image/svg+xml"], "<svg")
        html = k.value("lp.array { { 1, 2.5 }, { 3, 4 } }", "text/html")
        has(html, "<td>2.5</td>")
        has(k.value("lp.array { 1, 2 }"), "array float64 [2]")
        k.run("net = lp.network {}\npop = net:population { name = 'a<b', size = 3, neuron = lp.models.IF_cond_exp }\n"
              "proj = net:project { from = pop, to = pop, target = 'exc', connect = lp.all_to_all(), weights = lp.uniform(0, 1) }")
        has(k.value("pop", "text/html"), "a&lt;b")
        has(k.value("proj", "text/html"), "<td>w</td>")
        has(k.value("net", "text/html"), "<td>6 synapses</td>")
        has(k.value("lp.models.IF_cond_exp", "text/latex"), "\\frac{dv}{dt}")
        _, shown = k.run("1, pop")
        equal([kind for kind, _ in shown], ["display_data", "display_data"])
        _, shown = k.run("net:watch { function() return fig end, every = 1, at_most = 1e9 }\nnet:run(3);")
        equal([kind for kind, _ in shown], ["display_data", "update_display_data", "update_display_data"])
        equal(len({content["transient"]["display_id"] for _, content in shown}), 1)
        _, shown = k.run("lp.sweep { { a = { 1, 2 } }, workers = 1, run = function(p) return { b = p.a } end };")
        assert shown[0][0] == "display_data" and shown[-1][0] == "update_display_data", shown
        has(shown[-2][1]["data"]["text/html"], "sweep: 2 of 2 points")


def asking():
    with Kernel() as k:
        k.run("net = lp.network {}\nunrelated = 'text'")
        equal(k.ask("complete", "unrel")["matches"], ["unrelated"])
        found = k.ask("complete", "s = '\u00e4' x = net:popul + 1", 19)
        equal((found["matches"], found["cursor_start"], found["cursor_end"]), (["population"], 16, 19))
        equal(k.ask("complete", "net:population {\n  size = 3, -- don't\n  neu")["matches"], ["neuron = "])
        equal(k.ask("complete", "nothing_like_it")["matches"], [])
        has(k.ask("inspect", "net:run(100)", 5)["data"]["text/plain"], "simulated time")
        has(k.ask("inspect", "net:population {\n  size = 3,", 28)["data"]["text/plain"], "net:population(")
        has(k.ask("inspect", "unknown:run(1)", 10)["data"].get("text/plain", "-"), "-")
        has(k.ask("inspect", "x = lp.uniform(0, 1)", 17)["data"]["text/plain"], "lp.uniform(")
        equal(k.ask("inspect", "5 + 5", 5)["found"], False)
        for code, status in [("for i = 1, 2 do", "incomplete"), ("f(", "incomplete"), ("x = 1\nx", "complete"), ("x ==== 1", "invalid"), ("", "complete"),
                             ("s = [[", "incomplete")]:
            equal((code, k.ask("is_complete", code)["status"]), (code, status))
        history = k.reply(k.client.history(hist_access_type="tail", n=10))["history"]
        equal(history[-1][2], "net = lp.network {}\nunrelated = 'text'")
        found = k.client.history(hist_access_type="search", pattern="net = *unrelated*", unique=True)
        equal(len(k.reply(found)["history"]), 1)


def input():
    with Kernel() as k:
        sent = k.client.execute("io.write 'name? '\nlocal name, n = io.read(), io.read 'n'\nprint(name, n + 1)", allow_stdin=True)
        for text in ["\u00e4b", "41"]:
            equal(k.client.get_stdin_msg(timeout=PATIENCE)["msg_type"], "input_request")
            k.client.input(text)
        equal(k.printed(k.published(sent)[1:]), [("stdout", "name? \u00e4b\t42\n")])
        sent = k.client.execute("return io.read()", allow_stdin=False)
        equal(k.published(sent)[-1][1]["data"]["text/plain"].split("\t")[0], "nil")


def interrupt():
    with Kernel() as k:
        k.run("net = lp.network { dt = 0.1 }\npop = net:population { size = 100, neuron = lp.models.IF_cond_exp }\nnet:run(1)")
        for code in ["net:run(1e12)", "while true do end", "lp.sweep { { a = { 1 } }, run = function() while true do end end }", "io.read()"]:
            sent = k.client.execute(code, allow_stdin=True)
            while k.client.get_iopub_msg(timeout=PATIENCE)["msg_type"] != "execute_input":
                pass
            time.sleep(0.2)
            k.manager.interrupt_kernel()
            equal(k.reply(sent)["ename"], "interrupted")
        before = float(k.value("net.t"))
        assert before > 1, before
        equal(float(k.value("net:run(1)\nnet.t - %r" % before)) > 0.9, True)
        k.manager.interrupt_kernel()  # there is nothing to interrupt, unless the signal is slower than the next cell
        k.reply(k.client.execute("1"))
        equal(k.value("1"), "1")


def progress():
    with Kernel() as k:
        _, shown = k.run("net = lp.network { dt = 0.1 }\nnet:population { size = 1, neuron = lp.models.IF_cond_exp }\nlocal seconds = os.time\n"
                         "local begin = seconds()\nnet:every(1, function() if seconds() - begin < 3 then os.execute 'sleep 0.05' end end)\nnet:run(100);")
        kinds = [kind for kind, _ in shown]
        equal(kinds[0], "display_data")
        assert len(kinds) > 2 and set(kinds[1:]) == {"update_display_data"}, kinds
        has(shown[0][1]["data"]["text/html"], " of 100 ms")
        equal(shown[-1][1]["data"]["text/plain"], "")


def crash():
    with Kernel() as k:
        reply, shown = k.run("print 'before'\nos.execute 'kill -KILL $PPID'")
        equal([kind for kind, _ in shown], ["stream", "error"])
        has(reply["evalue"], "was ended by signal 9")
        while k.manager.is_alive():
            time.sleep(0.02)
    with Kernel() as k:
        equal(k.run("os.exit(0)")[0]["payload"][0]["source"], "ask_exit")


def lives():
    with Kernel() as k, Kernel() as other:
        k.run("x = 1")
        equal(other.value("x"), "nil")
        busy = other.client.execute("while true do end")
        equal(k.value("x"), "1")
        other.manager.interrupt_kernel()
        equal(other.reply(busy)["ename"], "interrupted")
        k.client.stop_channels()
        k.manager.restart_kernel()
        again = Kernel(k.manager)
        equal(again.value("x"), "nil")
        again.client.execute("while true do end")
        time.sleep(0.1)
        k.manager.shutdown_kernel()
        equal(k.manager.is_alive(), False)
        again.client.stop_channels()
        # a message that somebody else signed is not heard
        other.client.session.key = b"wrong"
        other.client.execute("x = 'heard'")
        other.client.session.key = other.manager.session.key
        equal(other.value("x"), "nil")


subprocess.run([HOST, "--kernel", "install"], check=True, stdout=subprocess.DEVNULL)
known = [execute, order, much, errors, rich, asking, input, interrupt, progress, crash, lives]


def attempt(scenario):
    try:
        scenario()
        return "ok"
    except BaseException as problem:
        place = [entry for entry in traceback.extract_tb(problem.__traceback__) if entry.filename == __file__]
        return "line %d: %s" % (place[1].lineno, str(problem).replace("\n", "\\n") or type(problem).__name__)


# Much of them is waiting, so several go side by side, each in a process.
running = []
for scenario in known:
    if len(sys.argv) > 2 and scenario.__name__ not in sys.argv[2:]:
        continue
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        print("%s: %s" % (scenario.__name__, attempt(scenario)), flush=True)
        os._exit(0)
    running.append(pid)
    if len(running) == 3:
        os.waitpid(running.pop(0), 0)
for pid in running:
    os.waitpid(pid, 0)
subprocess.run(["rm", "-rf", folder])
