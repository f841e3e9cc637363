	.config	default
	.file	"drop_port.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r3, 24
	.entry	0, r0, 0
	.row	s0.0, 2
	tst p2, r0, 32768
	tsz p1, r0, 16777216
	.next	s1.0
	.row	s1.0, 4
	cmp.eq p0, r3.h0, 23
	.branch	p2, s3.1, s2.0
	.row	s2.0, 2
	.branch	p1, exit, s3.0
	.row	s3.0, 4
	tst.and p0, r0, 128, p0
	.next	s4.0
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 4
	verdict 1 if p0
	.branch	p0, exit, s6.0
	.row	s6.0, 2
	verdict 65536
	.next	exit
