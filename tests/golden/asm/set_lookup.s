	.config	default
	.file	"set_lookup.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r3, 24
	.entry	0, r0, 0
	.row	s0.0, 3
	tst p1, r0, 32768
	tsz p0, r0, 16777216
	.next	s1.0
	.row	s1.0
	event 0, 0 if p1
	verdict 4294901817 if p1
	.branch	p1, exit, s2.0
	.row	s2.0, 5
	lookup -, p1, 0, r3.h0, 0, 0, 0, 0, 0
	.branch	p0, exit, s3.0
	.row	s3.0, 5
	tst.and p0, r0, 128, p1
	.next	s4.0
	.row	s4.0, 5
	verdict 1 if p0
	.branch	p0, exit, s6.0
	.row	s6.0, 3
	verdict 65536
	.next	exit
# set ports: ingress, stage 2, base 0, size 8
