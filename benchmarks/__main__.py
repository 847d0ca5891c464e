"""`make bench`: the production serving set-up under load, as tables. Reports, never tests.

`bin/bench portal` measures the daily traffic, `bin/bench study` a large study at growing sizes, `bin/bench exports` the
same study taken out, `bin/bench imports` brought in; all of them by default.
"""

import os
import subprocess
import sys

from tests import cluster

SECTIONS = ("portal", "study", "exports", "imports")


def main() -> None:
    """Measure each section on a throw-away server of its own."""
    asked = sys.argv[1:] or SECTIONS
    if not set(asked) <= set(SECTIONS):
        sys.exit(f"There is {' and '.join(SECTIONS)}.")
    if len(asked) > 1:
        for section in asked:
            subprocess.run([sys.executable, "-m", "benchmarks", section], check=True)
        return
    folder = cluster.make_folder()
    os.environ |= {"EDC_ENVIRONMENT": "test", "EDC_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "edc.settings"}
    database = cluster.Cluster(folder, durable=True)
    try:
        print("Making the database …", file=sys.stderr)
        database.start()
        import django  # noqa: PLC0415 -- the settings look at the environment set above

        django.setup()
        from benchmarks import exports, imports, portal, study  # noqa: PLC0415 -- needs the apps

        sections = {"portal": portal, "study": study, "exports": exports, "imports": imports}
        sections[asked[0]].run(database.server.postmaster())
    finally:
        database.remove()


if __name__ == "__main__":
    main()
