# A session pasted from wsdump.
$ wsdump ws://127.0.0.1:3001/api/
Press Ctrl+C to quit
> foo
< foo
> žluťoučký 🐎
< žluťoučký 🐎
> ^C
