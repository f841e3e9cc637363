	.config	default
	.file	"rule_list.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r0, 24
	.entry	0, r3, 12
	.entry	0, r6, 0
	.row	s0.0, 3
	tst p2, r6, 32768
	tsz p0, r6, 16777216
	.next	s1.0
	.row	s1.0, 5
	tst p3, r6, 8
	tst p1, r6, 128
	.branch	p2, s3.1, s2.0
	.row	s2.0, 3
	.branch	p0, exit, s3.0
	.row	s3.0, 5
	cmp.ltu p2, r3, 167773476
	cmp.ltu p0, r3, 167772687
	.branch	p3, s4.0, s15.3
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 11
	cmp.ltu p3, r3, 167774265
	cmp.eq p4, r3, 167772160
	.branch	p1, s5.0, s15.3
	.row	s5.0, 5
	cmp.eq.and p1, r0.h0, 1000, p4
	cmp.eq p4, r3, 167772949
	.branch	p2, s6.1, s6.0
	.row	s6.0, 11
	cmp.eq p0, r3, 167773738
	cmp.eq p1, r3, 167774527
	.branch	p3, s8.1, s8.0
	.row	s6.1, 8
	cmp.eq.and p2, r0.h0, 1003, p4
	.branch	p0, s7.1, s7.0
	.row	s7.0, 8
	.branch	p2, s8.3, s8.2
	.row	s7.1, 5
	.branch	p1, s8.5, s8.4
	.row	s8.0, 14
	cmp.eq.and p1, r0.h0, 1009, p1
	cmp.eq p0, r3, 167774790
	.next	s9.0
	.row	s8.1, 11
	cmp.eq.and p1, r0.h0, 1006, p0
	cmp.eq p0, r3, 167774001
	.next	s9.1
	.row	s8.2, 9
	cmp.eq p0, r3, 167773212
	.next	s9.2
	.row	s8.3, 8
	event 0, 1
	verdict 196609
	.next	exit
	.row	s8.4, 6
	cmp.eq p0, r3, 167772423
	.next	s9.3
	.row	s8.5, 5
	event 0, 1
	verdict 1
	.next	exit
	.row	s9.0, 15
	cmp.eq.and p0, r0.h0, 1010, p0
	.branch	p1, s12.2, s10.0
	.row	s9.1, 12
	cmp.eq.and p0, r0.h0, 1007, p0
	.branch	p1, s12.5, s10.1
	.row	s9.2, 9
	cmp.eq.and p0, r0.h0, 1004, p0
	.next	s10.2
	.row	s9.3, 6
	cmp.eq.and p0, r0.h0, 1001, p0
	.next	s10.3
	.row	s10.0, 15
	.branch	p0, s12.1, s12.0
	.row	s10.1, 12
	.branch	p0, s12.4, s12.3
	.row	s10.2, 9
	.branch	p0, s12.7, s12.6
	.row	s10.3, 6
	.branch	p0, s12.9, s12.8
	.row	s12.0, 16
	cmp.eq p0, r3, 167775053
	.next	s13.0
	.row	s12.1, 15
	event 0, 1
	verdict 655361
	.next	exit
	.row	s12.2, 14
	event 0, 1
	verdict 589825
	.next	exit
	.row	s12.3, 13
	cmp.eq p0, r3, 167774264
	.next	s13.1
	.row	s12.4, 12
	event 0, 1
	verdict 458753
	.next	exit
	.row	s12.5, 11
	event 0, 1
	verdict 393217
	.next	exit
	.row	s12.6, 10
	cmp.eq p0, r3, 167773475
	.next	s13.2
	.row	s12.7, 9
	event 0, 1
	verdict 262145
	.next	exit
	.row	s12.8, 7
	cmp.eq p0, r3, 167772686
	.next	s13.3
	.row	s12.9, 6
	event 0, 1
	verdict 65537
	.next	exit
	.row	s13.0, 16
	cmp.eq.and p0, r0.h0, 1011, p0
	.next	s14.0
	.row	s13.1, 13
	cmp.eq.and p0, r0.h0, 1008, p0
	.next	s14.1
	.row	s13.2, 10
	cmp.eq.and p0, r0.h0, 1005, p0
	.next	s14.2
	.row	s13.3, 7
	cmp.eq.and p0, r0.h0, 1002, p0
	.next	s14.3
	.row	s14.0, 16
	.branch	p0, s15.0, s15.3
	.row	s14.1, 13
	.branch	p0, s15.1, s15.3
	.row	s14.2, 10
	.branch	p0, s15.2, s15.3
	.row	s14.3, 7
	.branch	p0, s15.4, s15.3
	.row	s15.0, 16
	event 0, 1
	verdict 720897
	.next	exit
	.row	s15.1, 13
	event 0, 1
	verdict 524289
	.next	exit
	.row	s15.2, 10
	event 0, 1
	verdict 327681
	.next	exit
	.row	s15.3, 3
	verdict 786432
	.next	exit
	.row	s15.4, 7
	event 0, 1
	verdict 131073
	.next	exit
# counter hits: ingress, base 1, size 1
