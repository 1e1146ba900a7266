// The same in C++: namespaces, overloads, templates, a destructor, operators.
#include <cstdio>

namespace game {
struct Player {
	static int health;
	int lives = 3;
	int heal(int by);
	int hurt(int by);
	int hurt(double by);
	virtual ~Player();
	bool operator<(const Player &) const;
};
int Player::health = 100;
int Player::heal(int by) {
	static int calls;
	return health += by + calls++;
}
int Player::hurt(int by) { return health -= by; }
int Player::hurt(double by) { return health -= int(by); }
Player::~Player() { health = 0; }
bool Player::operator<(const Player &o) const { return lives < o.lives; }
template <typename K, typename V> struct Map {
	static V x;
};
template <typename K, typename V> V Map<K, V>::x = 5;
template <typename T> T twice(T t) { return t + t; }
} // namespace game

namespace {
int secret = 9;
}
int score = 1;
int add(int by) { return score += by; }

int main() {
	game::Player p, q;
	std::printf("%d\n", p.heal(1) + p.hurt(1) + p.hurt(1.0) + (p < q) + game::twice(2) + add(1) + secret++);
	std::printf("game::Player::health %lx\n", (unsigned long)&game::Player::health);
	std::printf("game::Map<int, int>::x %lx\n", (unsigned long)&game::Map<int, int>::x);
	std::printf("(anonymous namespace)::secret %lx\n", (unsigned long)&secret);
	std::printf("add %lx\n", (unsigned long)&add);
	std::puts("ready");
	std::fflush(stdout);
	return getchar() == 'x';
}
