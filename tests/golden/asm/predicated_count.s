	.config	default
	.file	"predicated_count.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r3, 24
	.entry	0, r0, 0
	.row	s0.0, 3
	tst p3, r0, 32768
	tsz p2, r0, 16777216
	.next	s1.0
	.row	s1.0, 6
	cmp.eq p1, r3.h0, 22
	cmp.eq p0, r3.h0, 53
	.branch	p3, s3.1, s2.0
	.row	s2.0, 3
	.branch	p2, exit, s3.0
	.row	s3.0, 6
	tst.and p1, r0, 128, p1
	tst.and p0, r0, 256, p0
	.next	s4.0
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 5
	event 0, 1 if p0
	event 1, 2 if p0
	.next	s6.0
	.row	s6.0, 5
	act 33554432 if p0
	verdict 65537 if p1
	.branch	p1, exit, s8.0
	.row	s8.0, 3
	verdict 131072
	.next	exit
# counter hits: ingress, base 1, size 1
# log log0.p.5: ingress, base 2, size 1
