"""Programs in every language whose tools are on this machine, and a clear word where they are not."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rewardkit import Outcome, Score
from rewardkit.verifiers.code import languages
from rewardkit.verifiers.code.languages import CompileError, Runnable, prepare, tools_of
from rewardkit.verifiers.code.sandbox import Job, default_sandbox
from rewardkit.verifiers.code.toolchains import MissingToolError, toolchain_of

ScoreCode = Callable[..., Score]

SUM = {"inputs": ["3 4\n", "-5 2\n"], "outputs": ["7\n", "-3\n"]}

PROGRAMS = {
    "c": '#include <stdio.h>\nint main() { long a, b; scanf("%ld %ld", &a, &b); printf("%ld\\n", a + b); }',
    "cpp": "#include <iostream>\nint main() { long a, b; std::cin >> a >> b; std::cout << a + b << std::endl; }",
    "java": (
        "import java.util.*;\npublic class Sum {\n  public static void main(String[] args) {\n"
        "    Scanner s = new Scanner(System.in);\n    System.out.println(s.nextLong() + s.nextLong());\n  }\n}"
    ),
    "javascript": (
        "const [a, b] = require('fs').readFileSync(0, 'utf8').split(/\\s+/).map(Number);\nconsole.log(a + b);"
    ),
    "bash": "read a b\necho $((a + b))",
    "go": 'package main\nimport "fmt"\nfunc main() { var a, b int; fmt.Scan(&a, &b); fmt.Println(a + b) }',
    "rust": (
        "use std::io;\nfn main() { let mut s = String::new(); io::stdin().read_line(&mut s).unwrap();\n"
        'let v: Vec<i64> = s.split_whitespace().map(|x| x.parse().unwrap()).collect(); println!("{}", v[0] + v[1]); }'
    ),
}


def needs(language: str) -> None:
    try:
        tools_of(language)
    except MissingToolError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_program_of_every_language(score_code: ScoreCode, language: str) -> None:
    needs(language)
    code = PROGRAMS[language]
    right = score_code(code, SUM, language=language)
    assert right.outcome is Outcome.CORRECT, right.reason
    assert right.evidence["language"] == language
    wrong = score_code(code.replace("a + b", "a - b").replace("v[0] + v", "v[0] - v"), SUM, language=language)
    if language != "java":
        assert wrong.evidence["class"] == "wrong answer", wrong.reason
    broken = score_code(code + "\n)(", SUM, language=language)
    assert broken.outcome is Outcome.INCORRECT
    assert broken.evidence["class"] == ("runtime error" if language == "bash" else "compile error"), broken.reason


def test_every_language_can_be_extracted_and_run() -> None:
    from rewardkit.verifiers.code.extract import LANGUAGES

    assert set(LANGUAGES) == {"python", *languages.LANGUAGES}
    assert set(PROGRAMS) == set(languages.LANGUAGES)


def test_a_source_is_compiled_once() -> None:
    needs("c")

    class Counting:
        isolation = "counting"
        runs = 0

        def run(self, job: Job) -> object:
            self.runs += 1
            return default_sandbox().run(job)

    sandbox = Counting()
    source = "int main() { return 41; }"
    first, second = (prepare(source, "c", sandbox) for _ in range(2))  # type: ignore[arg-type]  # as much as is used
    assert isinstance(first, Runnable)
    assert first == second
    assert sandbox.runs == 1
    assert isinstance(prepare(source + "(", "c", sandbox), CompileError)  # type: ignore[arg-type]


def test_a_program_runs_without_its_source_and_without_a_compiler_process(score_code: ScoreCode) -> None:
    needs("c")
    code = '#include <stdio.h>\nint main() { printf("%d\\n", fopen("main.c", "r") != NULL); }'
    score = score_code(code, {"inputs": [""], "outputs": ["0\n"]}, language="c")
    assert score.outcome is Outcome.CORRECT, score.reason


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("int main() { for (;;); }", Outcome.TIMEOUT),
        ("int main() { volatile int *p = 0; return *p; }", Outcome.INCORRECT),
        ("int main() { return 1; }", Outcome.INCORRECT),
        ("#include <stdio.h>\nint main() { for (;;) puts(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"); }", Outcome.CRASHED),
    ],
)  # fmt: skip
def test_limits_hold_for_compiled_programs(score_code: ScoreCode, code: str, outcome: Outcome) -> None:
    needs("c")
    score = score_code(code, {"inputs": [""], "outputs": [""]}, language="c", timeout=2.0)
    assert score.outcome is outcome, score.reason


def test_a_compiler_that_is_asked_for_too_much_is_the_programs_fault(score_code: ScoreCode) -> None:
    needs("c")
    score = score_code('#include "/dev/zero"\nint main() {}', {"inputs": [""], "outputs": [""]}, language="c")
    assert score.outcome is Outcome.INCORRECT, score.reason


def test_a_missing_tool_is_nobodys_wrong_answer(score_code: ScoreCode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda tool, path=None: None if path else f"/home/me/bin/{tool}")
    score = score_code("package main", SUM, language="go")
    assert score.outcome is Outcome.UNAVAILABLE
    assert "/home/me/bin/go" in score.reason
    monkeypatch.setattr(shutil, "which", lambda tool, path=None: None)
    assert "not installed" in score_code("package main", SUM, language="go").reason


def fake_toolchain(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that `rustc` on the path names as its own, with a part of it that is a link to elsewhere."""
    home, tools = folder / "tools/rust", folder / "bin"
    for part in (home / "bin", home / "lib/rustlib", folder / "docs", tools):
        part.mkdir(parents=True)
    (home / "share").symlink_to(folder / "docs")
    for path in (tools / "rustc", home / "bin/rustc"):
        path.write_text(f"#!/bin/sh\necho {home}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return home


def test_a_toolchain_outside_usr_is_asked_for_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = fake_toolchain(tmp_path, monkeypatch)
    if Path("/usr/bin/rustc").exists() or Path("/usr/local/bin/rustc").exists():
        pytest.skip("the system's own rustc goes first")
    found = toolchain_of("rust", ("rustc", "sh"))
    assert found.folders == (str(home), str(tmp_path / "docs"))
    assert found.inside("landlock")["rustc"] == f"{home}/bin/rustc"
    assert found.inside("namespaces") == {"rustc": f"/toolchain{home}/bin/rustc", "sh": found.tools["sh"]}


def test_a_tool_that_names_no_toolchain_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = fake_toolchain(tmp_path, monkeypatch)
    (home / "lib/rustlib").rmdir()
    if Path("/usr/bin/rustc").exists() or Path("/usr/local/bin/rustc").exists():
        pytest.skip("the system's own rustc goes first")
    with pytest.raises(MissingToolError, match="where no sandbox sees it"):
        toolchain_of("rust", ("rustc",))


def test_a_program_sees_nothing_of_its_compilers_folder(score_code: ScoreCode) -> None:
    needs("rust")
    folders = toolchain_of("rust", ("rustc",)).folders
    if not folders:
        pytest.skip("rustc is installed under /usr, which every program sees")
    paths = ", ".join(f'"{path}"' for folder in folders for path in (folder, f"/toolchain{folder}"))
    code = f'fn main() {{ for p in [{paths}] {{ println!("{{}}", std::path::Path::new(p).exists()); }} }}'
    score = score_code(code, {"inputs": [""], "outputs": ["false\n" * 2 * len(folders)]}, language="rust")
    assert score.outcome is Outcome.CORRECT, score.reason


def test_a_compiler_that_can_not_be_started_is_nobodys_wrong_answer(
    score_code: ScoreCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("java")
    how = replace(languages.LANGUAGES["java"], compile=("{sh}", "-c", "/no/such/javac {name}.java"))
    monkeypatch.setitem(languages.LANGUAGES, "java", how)  # type: ignore[arg-type]  # a dict underneath
    score = score_code(PROGRAMS["java"] + "\n// x", SUM, language="java")
    assert score.outcome is Outcome.UNAVAILABLE, score.reason
    assert "could not be started" in score.reason
