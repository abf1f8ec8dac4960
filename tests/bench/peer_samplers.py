# The continuous models of bench_sample.c in JAGS and WebPPL, where they are on this machine:
# sampler, name, variables, ns of processor time per variable and draw. That of a whole run with few
# draws is taken off that of one with many, so that starting and compiling do not count; medians of
# three. (JAGS draws only what a monitored variable needs: the last one is monitored.)
#
#     python3 peer_samplers.py        JAGS=jags and WEBPPL=webppl may be set
import os
import resource
import shutil
import statistics
import subprocess
import tempfile


def mean_of(name, i, x, ops):
    """The mean of variable i as text; `x` names variable k, `ops` the functions."""
    if name == "linear":
        text = "1.0" if i == 0 else f"0.5 * {x(i - 1)}"
        if i > 1:
            text += f" + 0.3 * {x(i // 2)}"
        return text + (f" - 0.2 * {x(i - 3)}" if i > 2 else "")
    text = "0.0" if i == 0 else f"1 / (1 + {ops['exp']}(-{x(i - 1)}))"
    if i > 1:
        text += f" + 0.5 * {ops['sqrt']}({ops['abs']}({x(i // 2)}))"
    return text + (f" - 0.2 * {ops['exp']}(-{ops['abs']}({x(i - 3)}))" if i > 2 else "")


def jags(command, directory, name, nodes, draws):
    ops = {"exp": "exp", "sqrt": "sqrt", "abs": "abs"}
    lines = [f"x{i} ~ dnorm({mean_of(name, i, lambda k: f'x{k}', ops)}, 1)" for i in range(nodes)]
    with open(os.path.join(directory, "m.bug"), "w") as f:
        f.write("model {\n" + "\n".join(lines) + "\n}\n")
    with open(os.path.join(directory, "m.cmd"), "w") as f:
        f.write(f"model in m.bug\ncompile\ninitialize\nmonitor x{nodes - 1}\n"
                f"update {draws}, by({draws})\nexit\n")
    return [command, "m.cmd"]


def webppl(command, directory, name, nodes, draws):
    ops = {"exp": "Math.exp", "sqrt": "Math.sqrt", "abs": "Math.abs"}
    lines = [f"var x{i} = gaussian({mean_of(name, i, lambda k: f'x{k}', ops)}, 1);"
             for i in range(nodes)]
    with open(os.path.join(directory, "m.wppl"), "w") as f:
        f.write("var m = function() {\n" + "\n".join(lines) + f"\nreturn x{nodes - 1};\n}};\n"
                f"expectation(Infer({{method: 'forward', samples: {draws}, model: m}}))\n")
    return [command, "m.wppl"]


def seconds(build, command, directory, name, nodes, draws):
    argv = build(command, directory, name, nodes, draws)
    times = []
    for _ in range(3):
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(argv, cwd=directory, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=120)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(end.ru_utime - start.ru_utime + end.ru_stime - start.ru_stime)
    return statistics.median(times)


for sampler, build, many in [("jags", jags, 200000), ("webppl", webppl, 100000)]:
    command = shutil.which(os.environ.get(sampler.upper(), sampler))
    for name in ("linear", "nonlinear") if command else ():
        for nodes in (10, 100):
            n = many * 10 // nodes
            with tempfile.TemporaryDirectory() as directory:
                try:
                    long = seconds(build, command, directory, name, nodes, n)
                    short = seconds(build, command, directory, name, nodes, n // 10)
                except (subprocess.SubprocessError, OSError):
                    continue
            print(sampler, name, nodes, (long - short) / (n - n // 10) / nodes * 1e9, sep="\t")
