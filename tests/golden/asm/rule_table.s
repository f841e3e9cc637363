	.config	default
	.file	"rule_table.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r3, 24
	.entry	0, r0, 12
	.entry	0, r6, 0
	.row	s0.0, 3
	tst p1, r6, 32768
	tsz p0, r6, 16777216
	.next	s1.0
	.row	s1.0
	event 0, 0 if p1
	verdict 4294901817 if p1
	.branch	p1, exit, s2.0
	.row	s2.0, 3
	.branch	p0, exit, s9.0
	.row	s9.0, 5
	rule r0, -, p0, 0, r0, 0, 0, 0, 0, 0, 0, 0, 0, r3, 0, 0, r6, 0, 0
	.branch	own, s10.1, s10.0
	.row	s10.0, 3
	verdict 786432
	.next	exit
	.row	s10.1, 5
	verdict r0
	.next	exit
# counter hits: ingress, base 1, size 1
# rules p.rules1: ingress, stage 9, base 0, size 12
