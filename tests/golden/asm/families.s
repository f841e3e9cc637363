	.config	default
	.file	"families.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r2, 20
	.entry	0, r0, 0
	.row	s0.0, 5
	tst p2, r0, 32768
	cmp.eq p0, r2.b1, 1
	.next	s1.0
	.row	s1.0, 5
	tst.and p1, r0, 8, p0
	tst.and p0, r0, 16, p0
	.branch	p2, s3.2, s2.0
	.row	s2.0, 5
	.branch	p1, s3.1, s3.0
	.row	s3.0, 7
	tst p1, r0, 4
	verdict 65537 if p0
	.branch	p0, exit, s4.0
	.row	s3.1, 5
	verdict 1
	.next	exit
	.row	s3.2
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 7
	verdict 131072 if p1
	.branch	p1, exit, s6.0
	.row	s6.0, 8
	verdict 196609
	.next	exit
