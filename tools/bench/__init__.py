"""Speed of what is done often or to many, as ratios to a floor that is measured in the same run.

A floor is the least work that the task cannot do without (the bare hashes, the bare INSERT, the bare reading), or the same task
where it is easy (after ten numbers instead of a million), done by the same machine in the same minute, so that a ratio can be
compared between machines and a number of seconds need not be. Every figure is the best of several repeats. Nothing is asserted;
docs/bench.md says what each ratio means.

Run it with `make bench`. The database is temporary and is removed afterwards: SQLite in a file, or a new database
beside the one that DATABASE_URL names.
"""
