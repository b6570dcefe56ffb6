package conf

var memcachedDirectives = inGroup("Memcached", []Directive{
	{
		Name: "memcached-port", Kind: Int, Default: "0", Max: 65535, Flags: Immutable | Hidden, Since: SinceCinnabar, Built: true,
		Doc: "The TCP port for memcached's protocol (text, meta and binary), usually 11211; 0 listens on none. It is bound to the addresses of bind, and guarded by protected-mode and requirepass as the other is.",
	},
	{
		Name: "memcached-db", Kind: Int, Default: "0", Max: 1<<31 - 1, Flags: Immutable | Hidden, Since: SinceCinnabar, Built: true,
		Doc: "The database whose strings memcached's clients see as items, and into which they store.",
	},
	{
		Name: "memcached-item-size-max", Kind: Memory, Default: "1mb", Min: 1 << 10, Max: 512 << 20, Flags: Hidden, Since: SinceCinnabar, Built: true,
		Doc: "The largest item that memcached's clients may store, with some 60 bytes for what stands around key and value. What others have stored is served whole.",
	},
})
