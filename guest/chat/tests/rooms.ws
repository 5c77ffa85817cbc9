# Two people are in one room, and another one is elsewhere.
alice> Alice
alice< Using nickname: Alice
     | Type /help for list of commands.
alice> /join lobby
alice< Joined chat room "lobby"
carol> Carol
carol< /^Using nickname: Carol\n/
carol> /join elsewhere
carol< Joined chat room "elsewhere"

bob> Bob
bob< /^Using nickname: Bob\n/
bob> /join lobby
bob< Joined chat room "lobby"
alice< Bob joined room.

# What is said is heard in the room, but not by who says it, and not elsewhere.
bob> hi
alice< Bob: hi
alice> /ls
alice< /^(Alice\nBob|Bob\nAlice)$/

# Who leaves is missed.
bob: close 1000
alice< Bob left room.
alice> /room
alice< lobby
