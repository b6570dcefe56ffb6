return string.format("%d %5d %-5d| %05d %+d % d", 42, 42, 42, 42, 42, 42)
--
return string.format("%d", 3.7), string.format("%d", -3.7), string.format("%d", "10"), string.format("%i", 5)
--
return string.format("%d", 1e20), string.format("%d", -1e20), string.format("%d", 0/0), string.format("%u", -1), string.format("%u", 1e19), string.format("%x", -1)
--
return string.format("%x %X %#x %o %#o %08x %.5x", 255, 255, 255, 8, 8, 255, 255)
--
return string.format("%e %E %.3e %10.2e %g %G %.3g %#g %#.3g", 12345.678, 12345.678, 12345.678, 12345.678, 12345.678, 1e-10, 12345.678, 1, 1)
--
return string.format("%f %.2f %10.3f %-10.1f| %+.1f %05.1f %.0f %#.0f", 3.14159, 3.14159, 3.14159, 3.14159, 3.14159, 3.14159, 2.5, 2.5)
--
return string.format("%g %g %g %g %g %g", 1e15, 1e14, 0.0001, 0.00001, 100000, 1000000)
--
return string.format("%f %g %e %5.1f %-8g| %08f %+f", 1/0, 1/0, -1/0, 1/0, 1/0, 1/0, 1/0)
--
return string.format("%.14g %.17g %.20g %.0g %.1g", 0.1, 0.1, 0.1, 0.1, 15)
--
return string.format("%c%c%c", 65, 66, 67), string.format("%5c|%-5c|", 65, 65), string.format("a%cb", 0)
--
return string.format("%s %10s %-10s| %.2s %5.1s", "hello", "hello", "hello", "hello", "hello")
--
return string.format("%s", 12), string.format("%s", 1/3), string.format("%5s", 1e15)
--
return string.format("%s", nil)
--
return string.format("%s", {})
--
return string.format("%q", 'a"b\\c\nd\re\0f\t\200')
--
return string.format("%q", 1/3)
--
return string.format("%%"), string.format("100%%")
--
return string.format("%")
--
return string.format("%d")
--
return string.format("%d", "x")
--
return string.format("%y", 1)
--
return string.format("%F", 1)
--
return string.format("%123d", 1)
--
return string.format("%.123d", 1)
--
return string.format("%-+ #00d", 1)
--
return string.format("%-+ #0d|", 1)
--
return string.format("%s|%s", "a\0b", string.rep("x", 100) .. "\0y")
--
return string.format("%.3d %.0d %5.3d %-5.3d| %+.3d", 5, 0, 5, 5, 5)
--
return string.format("%.3f", 2.0005), string.format("%.0f", 0.5), string.format("%.0f", 1.5), string.format("%5.2s|", "abc")
--
return string.format("%99.99f", 1/3)
--
return string.format("%a", 1)
--
return string.format("%p", 1)
--
return string.format("%ld", 1)
--
return string.format("%10q", "x")
--
return string.format("%.300d", 1)
--
return string.format(5), string.format("%d items", 3)
--
return string.format()
--
return string.format("%x", 3.99), string.format("%x", "0x10"), string.format("%#X", 255), string.format("%#x", 0), string.format("%#o", 0)
